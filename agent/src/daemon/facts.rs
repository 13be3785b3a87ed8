//! What the ledger says about this agent, remembered for a while: whoever watches it must not cost a question a second.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::Mutex, time::timeout};

use crate::{
    domain::{Peer, PeerKey},
    ledger::{Ledger, post_rent, verdict_rent},
    record::{PostRecord, PostState},
    store::database::{Database, DatabaseError},
};

/// How old it may be when it is told: `status --watch` asks every second.
const AGE: Duration = Duration::from_secs(5);
/// How long the ledger may take to tell what can be done without: its answer to that is none then.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the ledger said about this agent.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// This agent as a peer, if it is one; none when no endpoint answered.
    pub(super) me: Option<Option<Peer>>,
    /// Lamports that it has to pay with, likewise.
    pub(super) balance: Option<u64>,
    /// Lamports that lie there as rent, by the ledger's prices and what is remembered here.
    pub(super) rent: Option<u64>,
}

/// Asks, and remembers what came.
pub(super) struct FactBook {
    ledger: Arc<dyn Ledger>,
    database: Database,
    me: PeerKey,
    last: Mutex<Option<(Instant, Facts)>>,
}

impl FactBook {
    /// About the peer `me`.
    pub(super) fn new(ledger: Arc<dyn Ledger>, database: Database, me: PeerKey) -> Self {
        Self { ledger, database, me, last: Mutex::default() }
    }

    /// Where it asks.
    pub(super) fn ledger(&self) -> &dyn Ledger {
        &*self.ledger
    }

    /// What was said some seconds ago at the most; who asks meanwhile waits for the same answer.
    pub(super) async fn latest(&self) -> Facts {
        let mut last = self.last.lock().await;
        if let Some((at, facts)) = &*last
            && at.elapsed() < AGE
        {
            return facts.clone();
        }
        let facts = self.ask().await;
        *last = Some((Instant::now(), facts.clone()));
        facts
    }

    async fn ask(&self) -> Facts {
        let (me, balance) =
            tokio::join!(self.ledger.peer(&self.me), timeout(PATIENCE, self.ledger.balance()));
        let rent = self.rent().await.inspect_err(|error| tracing::debug!("adding up the rent: {error}"));
        Facts { me: me.ok(), balance: balance.ok().and_then(Result::ok), rent: rent.ok() }
    }

    async fn rent(&self) -> Result<u64, DatabaseError> {
        let (mut posts, mut sum) = (self.database.posts_with_rent(), 0_u64);
        while let Some(some) = posts.next().await {
            sum = some?.iter().map(rent_in).fold(sum, u64::saturating_add);
        }
        Ok(sum)
    }
}

/// What lies in a post: in an own one itself, in another's this agent's like and dispute.
fn rent_in(record: &PostRecord) -> u64 {
    if let PostState::Own { .. } = record.state {
        return post_rent(record.post.log_url.len());
    }
    let verdicts = u64::from(record.liked) + u64::from(record.disputed.is_some());
    verdict_rent().saturating_mul(verdicts)
}
