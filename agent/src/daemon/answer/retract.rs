//! Taking a post of this agent's own back.

use tokio::time::{Instant, sleep};

use super::{Desk, failed, publish::LOOK};
use crate::{
    control::{Answer, Failure, FailureKind, RetractionState, RetractionView},
    domain::PostId,
    record::{Outgoing, PostRecord, PostState, Record},
};

impl Desk {
    /// Queues that a post counts no longer, and waits for a while until the ledger says so. What this agent blocks by what it
    /// saw itself stays blocked.
    pub(super) async fn retract(&self, post: PostId) -> Result<Answer, Failure> {
        let record = self.core.database().post(post).await.map_err(failed)?;
        let record = record.ok_or_else(|| {
            Failure::new(
                FailureKind::NotFound,
                format!("taking back post {post}: this agent has not seen it"),
            )
        })?;
        let answer = |state| Answer::Retracted(RetractionView { post, state });
        if record.post.retracted && record.post.owner == self.me {
            return Ok(answer(RetractionState::Before));
        }
        self.check_retraction(&record)?;
        let item = Outgoing::Retract { post };
        if !self.core.database().is_queued(item.clone()).await.map_err(failed)? {
            self.outbox.put(vec![Record::Outgoing(item)]).await.map_err(failed)?;
        }
        let is_confirmed = self.is_retracted(post).await?;
        Ok(answer(if is_confirmed { RetractionState::Confirmed } else { RetractionState::Queued }))
    }

    /// Whether the post can be taken back here.
    fn check_retraction(&self, PostRecord { post, state, .. }: &PostRecord) -> Result<(), Failure> {
        let refused = |why: String| {
            let message = format!("taking back post {}: {why}", post.id);
            Err(Failure::new(FailureKind::Failed, message))
        };
        if post.owner != self.me {
            return refused(format!("it is peer {}'s, and only its owner can", post.owner));
        }
        if let PostState::Retired { at, .. } = state {
            return refused(format!("this agent ended it at {at}, so that the ledger has it no longer"));
        }
        if self.ledger.is_none() {
            return refused(
                "this agent takes part in no network; set ledger.rpc and ledger.program in the config"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// Whether the ledger has taken it before too long.
    async fn is_retracted(&self, post: PostId) -> Result<bool, Failure> {
        let begun = Instant::now();
        loop {
            let record = self.core.database().post(post).await.map_err(failed)?;
            let is_retracted = record.is_some_and(|record| record.post.retracted);
            if is_retracted || begun.elapsed() > self.confirmation {
                return Ok(is_retracted);
            }
            sleep(LOOK).await;
        }
    }
}
