//! What becomes of a post after it was dealt with: more likes, more mirrors, second thoughts of its reporter.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::Verifier;
use crate::{
    domain::Post,
    evidence,
    record::{PostRecord, PostState, Record},
    trust::Doubt,
};

impl Verifier {
    /// Follows what happens to a post that has been dealt with: its likes, its mirrors, whether it was taken back.
    pub(super) async fn keep_up(&self, before: &PostRecord, post: Post) {
        if self.is_withdrawn_now(before, &post).await && !self.withdraw(before, &post).await {
            return;
        }
        match before.state {
            _ if post.retracted => {}
            PostState::Applied { .. } | PostState::Heard { .. } => self.mirrors.consider(&post).await,
            PostState::Own { .. } => self.hear_own(&post).await,
            _ => {}
        }
        let old = &before.post;
        let seen = (old.likes, old.disputes, old.retracted, old.cycle, &old.mirrors);
        if seen != (post.likes, post.disputes, post.retracted, post.cycle, &post.mirrors) {
            // Nothing waits for that, or depends on it.
            drop(self.core.database().record(vec![Record::PostChanged(Box::new(post))]));
        }
    }

    /// Whether a post was taken back that counted until now. Of an own one that is remembered before the ledger shows it.
    async fn is_withdrawn_now(&self, before: &PostRecord, post: &Post) -> bool {
        let counts = || async { self.core.engine().await.docket().statement(post.id).is_some() };
        post.retracted && (!before.post.retracted || counts().await)
    }

    /// What a post says that its reporter took back counts no longer. Whether that is so: an endpoint alone unblocks nobody.
    async fn withdraw(&self, before: &PostRecord, post: &Post) -> bool {
        if let Err(error) = self.ledger.retraction(post).await {
            tracing::warn!(post = %post.id, "not taking back what post {} accused: {error}", post.id);
            return false;
        }
        let done = self.core.decide(|engine, now| engine.withdraw(post.id, now)).await;
        if let Err(error) = done.committed() {
            tracing::error!("letting go what post {} accused: {error}", post.id);
            return false;
        }
        let is_known = matches!(
            before.state,
            PostState::Own { .. } | PostState::Retired { .. } | PostState::Rejected { .. }
        );
        if !is_known {
            tracing::info!(step = "withdrawn", post = %post.id, "its reporter took post {} back", post.id);
            let state = PostState::Rejected { doubt: Doubt::Retracted };
            // Meanwhile it may have been liked.
            let now = self.core.database().post(post.id).await.ok().flatten();
            let after = PostRecord { post: post.clone(), state, ..now.unwrap_or_else(|| before.clone()) };
            self.write(post.id, vec![Record::Post(Box::new(after))]).await;
        }
        true
    }

    /// Takes note of what this agent said first: who says it later has copied it, or seen it later.
    async fn hear_own(&self, post: &Post) {
        {
            let engine = self.core.engine().await;
            let is_old = self.core.now().duration_since(post.timestamp) > engine.policy().max_age;
            if is_old || engine.docket().statement(post.id).is_some() {
                return;
            }
        }
        let (logs, hash) = (Arc::clone(self.archive.logs()), post.file_hash);
        let read = spawn_blocking(move || {
            let log = logs.read(hash.log_id()).ok().flatten()?;
            evidence::verify(log, hash).ok()
        });
        // A log that had to make room is old news.
        let Ok(Some(verified)) = read.await else { return };
        // What cannot be written down is said, and tried again.
        let _ = self.core.decide(|engine, now| engine.hear_own(&verified, post, now)).await;
    }
}
