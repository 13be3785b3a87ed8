//! Publishing what the operator hands over.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Desk, failed};
use crate::{
    control::{Answer, Failure, FailureKind, PublicationView},
    domain::{FileHash, MaliciousLog},
    publish::{self, PublishError},
    record::{PostRecord, PostState, Witness},
};

/// How long the ledger may take to confirm before the answer is that it has yet to.
const CONFIRMATION: Duration = Duration::from_secs(20);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(100);

impl Desk {
    /// Verifies a log, stores it and posts it.
    pub(super) async fn publish(&self, log: Vec<u8>) -> Result<Answer, Failure> {
        let Some(publisher) = &self.publisher else {
            let message = "publishing a log: this agent takes part in no network; set ledger.rpc, ledger.program and, where \
                           it cannot be found out, serve.public_url in the config";
            return Err(Failure::new(FailureKind::Failed, message));
        };
        let log = MaliciousLog::new(log).map_err(failed)?;
        let log_url = publisher.log_url(log.hash()).map_err(failed)?;
        let verified = publish::verified(log).await.map_err(refused)?;
        let (file_hash, attacker_count) = (verified.get().hash(), verified.attackers().len());
        self.archive.keep(verified, Witness::Own).await.map_err(failed)?;
        let mut post = self.own_post(file_hash).await?;
        if post.is_none() {
            publisher.queue(file_hash).await.map_err(failed)?;
            post = self.confirmed(file_hash).await?;
        }
        let tx = post.as_ref().and_then(|record| match record.state {
            PostState::Own { tx } => tx,
            _ => None,
        });
        let post = post.map(|record| record.post.id);
        Ok(Answer::Published(PublicationView { file_hash, log_url, attacker_count, post, tx }))
    }

    /// This agent's post of the log, if there is one.
    pub(super) async fn own_post(&self, file_hash: FileHash) -> Result<Option<PostRecord>, Failure> {
        let posts = self.core.database().posts_of_log(file_hash.log_id()).await.map_err(failed)?;
        Ok(posts.into_iter().find(|record| record.post.owner == self.me))
    }

    /// The same as soon as the ledger has it; none when it takes too long.
    async fn confirmed(&self, file_hash: FileHash) -> Result<Option<PostRecord>, Failure> {
        let begun = Instant::now();
        loop {
            let own = self.own_post(file_hash).await?;
            if own.is_some() || begun.elapsed() > CONFIRMATION {
                return Ok(own);
            }
            sleep(LOOK).await;
        }
    }
}

fn refused(error: PublishError) -> Failure {
    let kind = match error {
        PublishError::Verify(_) => FailureKind::Verification,
        _ => FailureKind::Failed,
    };
    Failure::new(kind, error)
}
