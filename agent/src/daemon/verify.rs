//! Other peers' posts: judged, fetched, verified, applied, liked.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};

use super::{core::Core, outbox::Outbox};
use crate::{
    domain::{MaliciousLog, PeerKey, Post},
    evidence::{self, Verified},
    fetch::Fetcher,
    ledger::Ledger,
    store::{
        LogStore,
        database::{DatabaseError, Outgoing, PostRecord, PostState, Record},
    },
    trust::{self, Belief, Verdict},
};

/// Posts that are dealt with at a time: one slow peer holds up nobody.
const AT_ONCE: usize = 32;

/// How often a log is asked for before its post counts as failed: over half a minute, with growing pauses.
const TRIES: u32 = 6;

/// Deals with posts as the ledger shows them.
#[derive(Clone)]
pub(super) struct Verifier {
    /// The engine that blocks whom a log accuses.
    pub(super) core: Arc<Core>,
    /// Where verified logs are kept, as evidence.
    pub(super) logs: Arc<LogStore>,
    /// Where reporters and their karma are looked up.
    pub(super) ledger: Arc<dyn Ledger>,
    /// How logs are fetched.
    pub(super) fetcher: Arc<Fetcher>,
    /// The queue for likes.
    pub(super) outbox: Outbox,
    /// This agent.
    pub(super) me: PeerKey,
}

impl Verifier {
    /// Deals with posts until no more come.
    pub(super) async fn run(self, mut posts: mpsc::Receiver<Post>) {
        let room = Arc::new(Semaphore::new(AT_ONCE));
        let mut under_way = JoinSet::new();
        let mut busy = std::collections::HashSet::new();
        loop {
            tokio::select! {
                post = posts.recv() => {
                    let Some(post) = post else { return };
                    // The ledger may show a post again while it is being dealt with.
                    if !busy.insert(post.id) {
                        continue;
                    }
                    let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
                    let verifier = self.clone();
                    under_way.spawn(async move {
                        let id = post.id;
                        verifier.deal_with(post).await;
                        drop(permit);
                        id
                    });
                }
                Some(done) = under_way.join_next() => {
                    if let Ok(id) = done {
                        busy.remove(&id);
                    }
                }
            }
        }
    }

    async fn deal_with(&self, post: Post) {
        // Own posts are remembered by whoever published them.
        if post.owner == self.me {
            return;
        }
        match self.core.database().post(post.id).await {
            Ok(Some(record)) if record.state.is_final() => return,
            Ok(_) => {}
            Err(error) => return tracing::error!(post = %post.id, "looking up post {}: {error}", post.id),
        }
        tracing::info!(step = "seen", post = %post.id, reporter = %post.owner, "seen post {}", post.id);
        let Some(verdict) = self.judge(&post).await else { return };
        let state = match verdict {
            Verdict::Apply(belief) => self.apply(&post, belief).await,
            Verdict::Watch(doubt) => PostState::Watched { doubt },
            Verdict::Reject(doubt) => PostState::Rejected { doubt },
        };
        if let Err(error) = self.remember(post, state).await {
            tracing::error!("remembering what became of a post: {error}");
        }
    }

    /// The verdict; none when the ledger could not be asked, so that the post is judged when it comes again.
    async fn judge(&self, post: &Post) -> Option<Verdict> {
        match self.ledger.peer(&post.owner).await {
            Ok(reporter) => {
                let engine = self.core.engine().await;
                let policy = &engine.rules().policy;
                Some(trust::judge(post, reporter.as_ref(), policy, &self.me, Timestamp::now()))
            }
            Err(error) => {
                tracing::warn!(post = %post.id, "judging post {}: {error}", post.id);
                None
            }
        }
    }

    async fn apply(&self, post: &Post, belief: Belief) -> PostState {
        let verified = match self.fetch(post).await {
            Ok(verified) => verified,
            Err(error) => {
                tracing::warn!(step = "failed", post = %post.id, "not applying post {}: {error}", post.id);
                return PostState::Failed { error };
            }
        };
        let attackers = verified.attackers().len();
        tracing::info!(
            step = "verified",
            post = %post.id,
            attackers,
            "verified post {}; attackers that its log proves: {attackers}", post.id
        );
        match self.core.decide(|engine, now| engine.accuse(&verified, post, &belief, now)).await {
            Ok(done) => {
                self.keep(verified).await;
                let refused = done.refused.iter().map(ToString::to_string).collect();
                PostState::Applied { belief, blocked: done.blocked, refused }
            }
            Err(error) => {
                tracing::error!(post = %post.id, "applying post {}: {error}", post.id);
                PostState::Failed { error: error.to_string() }
            }
        }
    }

    async fn fetch(&self, post: &Post) -> Result<Verified<MaliciousLog>, String> {
        let mut tries = 0;
        let log = loop {
            tries += 1;
            match self.fetcher.fetch(post, Timestamp::now()).await {
                Ok(log) => break log,
                Err(error) if tries == TRIES || error.is_final() => return Err(error.to_string()),
                Err(error) => tracing::debug!(post = %post.id, tries, "{error}"),
            }
            // A signature is good once, so the next request needs a later second.
            tokio::time::sleep(Duration::from_secs(1 << (tries - 1))).await;
        };
        evidence::verify(log, post.file_hash).map_err(|error| error.to_string())
    }

    /// Stores the log, so that the block can be explained after its reporter is gone.
    async fn keep(&self, verified: Verified<MaliciousLog>) {
        let logs = Arc::clone(&self.logs);
        match tokio::task::spawn_blocking(move || logs.put(verified.get())).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!("keeping a verified log: {error}"),
            Err(error) => tracing::error!("keeping a verified log: {error}"),
        }
    }

    /// Remembers the decision and queues the like in one transaction.
    async fn remember(&self, post: Post, state: PostState) -> Result<(), DatabaseError> {
        let likes = matches!(&state, PostState::Applied { blocked, .. } if !blocked.is_empty());
        let outgoing = likes.then(|| Record::Outgoing(Outgoing::Like { post: Box::new(post.clone()) }));
        let record = PostRecord { post, seen: Timestamp::now(), state, liked: false };
        let records = std::iter::once(Record::Post(Box::new(record))).chain(outgoing).collect();
        self.core.database().record(records).durable().await?;
        if likes {
            self.outbox.wake();
        }
        Ok(())
    }
}
