//! Rent that comes back: posts that nobody needs any more, likes and disputes that change nothing any more. And that a cycle
//! is over, which somebody has to record.
//!
//! What is due follows from what this agent remembers and from the network's rules, so it is found again until it is done,
//! whatever happens meanwhile. It goes through the outbox, behind everything else.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use super::outbox::Outbox;
use crate::{
    backoff::with_random_part,
    domain::PeerKey,
    ledger::{Ledger, LedgerError, NetworkState},
    record::{Outgoing, PostRecord, PostState, Record},
    store::database::DatabaseError,
};

/// Before the first look at what is due.
const FIRST: Duration = Duration::from_secs(5);
/// Between two looks; less where cycles are short. Agents look at different times, so that usually only the first one that
/// finds a cycle over pays for recording it.
const ROUND: Duration = Duration::from_secs(3600);
/// Looks in a cycle, where cycles are short.
const LOOKS: u32 = 8;
/// What is queued at a time.
const AT_A_TIME: usize = 64;

/// Why it is not known what is due.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("looking for posts in which rent lies: {0}")]
    Database(#[from] DatabaseError),
}

/// Keeps what this agent has on the ledger from costing more than it has to.
pub(super) struct Upkeep {
    pub(super) ledger: Arc<dyn Ledger>,
    /// The queue to it, beside which stands what this agent has there.
    pub(super) outbox: Outbox,
    /// This agent.
    pub(super) me: PeerKey,
    /// How old posts of its own become.
    pub(super) retire_after: SignedDuration,
}

impl Upkeep {
    /// Looks after it, for ever.
    pub(super) async fn run(self) {
        let mut pause = FIRST;
        loop {
            sleep(with_random_part(pause)).await;
            pause = match self.look(Timestamp::now()).await {
                Ok(network) => between_looks(&network),
                Err(error) => {
                    tracing::debug!("putting off what is due on the ledger: {error}");
                    ROUND
                }
            };
        }
    }

    /// Queues what is due by now.
    async fn look(&self, now: Timestamp) -> Result<NetworkState, LookError> {
        let network = self.ledger.network().await?;
        let mut due = self.posts_due(&network, now).await?;
        if network.advanced(now.as_second()).is_ok() && self.takes_part().await? {
            due.push(Outgoing::AdvanceCycle);
        }
        let mut new = Vec::new();
        for item in due {
            if !self.outbox.database().is_queued(item.clone()).await? {
                new.push(Record::Outgoing(item));
            }
        }
        if !new.is_empty() {
            self.outbox.put(new).await?;
        }
        Ok(network)
    }

    async fn posts_due(
        &self,
        network: &NetworkState,
        now: Timestamp,
    ) -> Result<Vec<Outgoing>, DatabaseError> {
        let (mut all, mut due) = (self.outbox.database().posts_with_rent(), Vec::new());
        while let Some(posts) = all.next().await {
            due.extend(posts?.iter().filter_map(|post| due_of(post, network, self.retire_after, now)));
            // Any of them, so that what cannot be done keeps nothing else from it.
            fastrand::shuffle(&mut due);
            due.truncate(AT_A_TIME);
        }
        Ok(due)
    }

    /// Whether this agent is an active peer: others do not pay for the network.
    async fn takes_part(&self) -> Result<bool, LedgerError> {
        Ok(self.ledger.peer(&self.me).await?.is_some_and(|peer| peer.active))
    }
}

/// How long to wait for the next look, a random part aside.
fn between_looks(network: &NetworkState) -> Duration {
    let cycle = Duration::from_secs(network.parameters.cycle_length.try_into().unwrap_or_default());
    (cycle / LOOKS).clamp(Duration::from_secs(1), ROUND)
}

/// What is due by now of a post in which rent lies. As long as it can be disputed, nothing is.
fn due_of(
    record: &PostRecord,
    network: &NetworkState,
    retire_after: SignedDuration,
    now: Timestamp,
) -> Option<Outgoing> {
    let PostRecord { post, state, .. } = record;
    // Rules that make no sense end nothing.
    if network.takes_verdicts(post.cycle, now.as_second()).unwrap_or(true) {
        return None;
    }
    match state {
        PostState::Own { .. } if now.duration_since(post.timestamp) < retire_after => None,
        PostState::Own { .. } => Some(Outgoing::Retire { post: post.id }),
        _ => Some(Outgoing::CloseVerdicts { post: post.id }),
    }
}

#[cfg(test)]
mod tests;
