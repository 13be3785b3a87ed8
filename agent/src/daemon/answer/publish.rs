//! Publishing what the operator hands over.

use std::time::Duration;

use jiff::Timestamp;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::{Desk, failed};
use crate::{
    control::{Answer, DraftState, Failure, FailureKind, PublicationView, RedactionView},
    domain::{FileHash, MaliciousLog},
    evidence::RedactedLog,
    publish::{self, PublishError},
    record::{PostRecord, PostState, Witness},
};

/// How long the ledger may take to confirm before the answer is that it has yet to.
pub(in crate::daemon) const CONFIRMATION: Duration = Duration::from_secs(20);
/// How often it is looked whether it has.
pub(super) const LOOK: Duration = Duration::from_millis(100);

impl Desk {
    /// Verifies a log, stores it and posts it: as it is, or redacted first. What is posted or queued already is not
    /// queued again.
    pub(super) async fn publish(&self, log: Vec<u8>, redact: bool) -> Result<Answer, Failure> {
        let Some(publisher) = &self.publisher else {
            let message = "publishing a log: this agent takes part in no network; set ledger.rpc, ledger.program and, where \
                           it cannot be found out, serve.public_url in the config";
            return Err(Failure::new(FailureKind::Failed, message));
        };
        let (log, redaction) = self.reviewed(log, redact).await?;
        let verified = publish::verified(log).await.map_err(refused)?;
        let (file_hash, attacker_count) = (verified.get().hash(), verified.attackers().len());
        if let Some(PostRecord { post, .. }) =
            self.own_record(file_hash).await?.filter(|own| own.post.retracted)
        {
            let message = format!(
                "publishing log {file_hash}: this agent took its post {} of it back, and nobody would believe another one; \
                 publish another log",
                post.id
            );
            return Err(Failure::new(FailureKind::Failed, message));
        }
        let (state, posted_url) = self.progress(file_hash).await?;
        let log_url = match posted_url {
            Some(log_url) => log_url,
            None => publisher.log_url(file_hash).map_err(failed)?,
        };
        self.archive.keep(verified, Witness::Own).await.map_err(failed)?;
        if state == DraftState::Kept {
            publisher.queue(log_url.clone(), file_hash).await.map_err(failed)?;
        }
        let post = self.confirmed(file_hash).await?;
        let tx = post.as_ref().and_then(|record| record.state.made_by());
        let post = post.map(|record| record.post.id);
        let published = PublicationView { file_hash, log_url, attacker_count, post, tx, redaction };
        Ok(Answer::Published(published))
    }

    /// The log that is to be published, and what redaction changes of the one given. Reading up to 10 MB takes a while,
    /// so no thread does it that others wait for.
    async fn reviewed(&self, log: Vec<u8>, redact: bool) -> Result<(MaliciousLog, RedactionView), Failure> {
        let given = MaliciousLog::new(log).map_err(failed)?;
        let redactor = self.viewer.privacy.redactor();
        let reviewed = spawn_blocking(move || {
            let redacted = redactor.log(&given, Timestamp::now());
            redacted.map(|redacted| (given, redacted))
        });
        let (given, redacted) = reviewed.await.map_err(failed)?.map_err(|error| refused(error.into()))?;
        let RedactedLog { bytes, changed, first } = redacted;
        let log = if redact { MaliciousLog::new(bytes).map_err(failed)? } else { given };
        Ok((log, RedactionView { applied: redact, lines: changed, first }))
    }

    /// This agent's post of the log, if the ledger has one.
    pub(super) async fn own_post(&self, file_hash: FileHash) -> Result<Option<PostRecord>, Failure> {
        let own = self.own_record(file_hash).await?;
        Ok(own.filter(|record| !matches!(record.state, PostState::Retired { .. })))
    }

    /// The same, also when it was ended.
    async fn own_record(&self, file_hash: FileHash) -> Result<Option<PostRecord>, Failure> {
        let posts = self.core.database().posts_of_log(file_hash.log_id()).await.map_err(failed)?;
        Ok(posts.into_iter().find(|record| record.post.owner == self.me))
    }

    /// The same as soon as the ledger has it; none when it takes too long.
    async fn confirmed(&self, file_hash: FileHash) -> Result<Option<PostRecord>, Failure> {
        let begun = Instant::now();
        loop {
            let own = self.own_post(file_hash).await?;
            if own.is_some() || begun.elapsed() > self.confirmation {
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
