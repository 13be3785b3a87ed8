//! Other peers' posts: judged, fetched, verified, applied, liked.

mod failure;
mod heard;
mod newcomers;
mod under_way;

use std::{sync::Arc, time::Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::{
    sync::{mpsc, watch},
    task::{JoinError, spawn_blocking},
};

use super::{archive::Archive, core::Core, likers::Likers, mirrors::Mirrors, outbox::Outbox};
use crate::{
    domain::{MaliciousLog, Peer, PeerKey, Post, PostId},
    evidence::{self, Verified, VerifyError},
    fetch::{Fetcher, Wanted},
    ledger::Ledger,
    record::{PeerFailure, PostRecord, PostState, Record},
    trust::{self, Belief, Dispute, Doubt, Verdict},
};
use failure::{Failure, Fault, blamed, unfetched};
use heard::{hear, record};
pub(super) use newcomers::Newcomers;
use under_way::UnderWay;

/// How often a post whose log could not be fetched is taken up again.
const SECOND_CHANCES: u32 = 3;
/// How long it is left alone before, since anybody can have the ledger show it again at any time. That the ledger does by
/// itself every ten minutes, and each of those times is one to take it up.
const REST: SignedDuration = SignedDuration::from_mins(8);

/// Deals with posts as the ledger shows them.
#[derive(Clone)]
pub(super) struct Verifier {
    /// The engine that blocks whom a log accuses.
    pub(super) core: Arc<Core>,
    /// Where verified logs are kept, as evidence.
    pub(super) archive: Archive,
    /// Where reporters and their karma are looked up.
    pub(super) ledger: Arc<dyn Ledger>,
    /// How logs are fetched.
    pub(super) fetcher: Arc<Fetcher>,
    /// Who else has them.
    pub(super) likers: Arc<Likers>,
    /// The queue for likes.
    pub(super) outbox: Outbox,
    /// Copies of popular logs.
    pub(super) mirrors: Mirrors,
    /// What was fetched for peers without karma.
    pub(super) newcomers: Arc<Newcomers>,
    /// Whether the ledger's peers were read: before that, nobody's words are counted.
    pub(super) peers_read: watch::Receiver<bool>,
    /// This agent.
    pub(super) me: PeerKey,
}

impl Verifier {
    /// Deals with posts until no more come.
    pub(super) async fn run(mut self, mut posts: mpsc::Receiver<Post>) {
        if self.peers_read.wait_for(|read| *read).await.is_err() {
            return;
        }
        let mut under_way = UnderWay::default();
        loop {
            tokio::select! {
                post = posts.recv(), if under_way.has_room() => {
                    let Some(post) = post else { return };
                    // The ledger shows a post again while it is being dealt with: somebody liked it. What is left out now
                    // it shows later on.
                    if under_way.has(&post) {
                        self.likers.liked(post.id);
                    } else {
                        let verifier = self.clone();
                        under_way.take(post, |post| async move { verifier.deal_with(post).await });
                    }
                }
                Some(()) = under_way.done() => {}
            }
        }
    }

    async fn deal_with(&self, post: Post) {
        let chances = match self.core.database().post(post.id).await {
            Ok(Some(record)) if is_settled(&record, Timestamp::now()) => {
                return self.keep_up(&record, post).await;
            }
            // Own posts are remembered by whoever published them.
            Ok(_) if post.owner == self.me => return,
            Ok(Some(PostRecord { state: PostState::Failed { tries_left, .. }, .. })) => tries_left,
            Ok(_) => SECOND_CHANCES + 1,
            Err(error) => return tracing::error!(post = %post.id, "looking up post {}: {error}", post.id),
        };
        tracing::info!(step = "seen", post = %post.id, reporter = %post.owner, "seen post {}", post.id);
        let Some((verdict, reporter)) = self.judge(&post).await else { return };
        let heard = match (verdict, reporter) {
            (Verdict::Apply(belief), Some(reporter)) => self.hear(&post, &reporter, Ok(belief)).await,
            (Verdict::Watch(doubt), Some(reporter)) if self.newcomers.admit(post.owner, Instant::now()) => {
                self.hear(&post, &reporter, Err(doubt)).await.map_err(Failure::of_newcomer)
            }
            (Verdict::Watch(doubt), _) => {
                return self.remember(post, PostState::Watched { doubt }, None).await;
            }
            (Verdict::Reject(doubt), _) => {
                return self.remember(post, PostState::Rejected { doubt }, None).await;
            }
            (Verdict::Apply(_), None) => return,
        };
        match heard {
            Ok(()) => self.mirrors.consider(&post).await,
            Err(Failure { error, fault, dispute }) => {
                tracing::warn!(step = "failed", post = %post.id, "not applying post {}: {error}", post.id);
                let tries_left = fault.tries_left(chances);
                self.remember(post, PostState::Failed { error, tries_left }, dispute).await;
            }
        }
    }

    /// Follows what happens to a post that has been dealt with: its likes, its mirrors, whether it was taken back.
    async fn keep_up(&self, before: &PostRecord, post: Post) {
        match before.state {
            _ if post.retracted => self.withdraw(before, &post).await,
            PostState::Applied { .. } | PostState::Heard { .. } => self.mirrors.consider(&post).await,
            PostState::Own { .. } => self.hear_own(&post).await,
            _ => {}
        }
        let old = &before.post;
        let seen = (old.likes, old.disputes, old.retracted, &old.mirrors);
        if seen != (post.likes, post.disputes, post.retracted, &post.mirrors) {
            // Nothing waits for that, or depends on it.
            drop(self.core.database().record(vec![Record::PostChanged(Box::new(post))]));
        }
    }

    /// What a post says that its reporter took back counts no longer.
    async fn withdraw(&self, before: &PostRecord, post: &Post) {
        let done = self.core.decide(|engine, now| engine.withdraw(post.id, now)).await;
        if let Err(error) = done.committed() {
            tracing::error!("letting go what post {} accused: {error}", post.id);
        }
        let is_known = matches!(before.state, PostState::Own { .. } | PostState::Rejected { .. });
        if !is_known {
            tracing::info!(step = "withdrawn", post = %post.id, "its reporter took post {} back", post.id);
            let state = PostState::Rejected { doubt: Doubt::Retracted };
            let after = PostRecord { post: post.clone(), state, ..before.clone() };
            self.write(post.id, vec![Record::Post(Box::new(after))]).await;
        }
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

    /// The verdict, and the reporter as the ledger knows it; none when the ledger could not be asked, so that the post is
    /// judged when it comes again.
    async fn judge(&self, post: &Post) -> Option<(Verdict, Option<Peer>)> {
        match self.ledger.peer(&post.owner).await {
            Ok(reporter) => {
                let engine = self.core.engine().await;
                let policy = engine.policy();
                let verdict = trust::judge(post, reporter.as_ref(), policy, &self.me, Timestamp::now());
                Some((verdict, reporter))
            }
            Err(error) => {
                tracing::warn!(post = %post.id, "judging post {}: {error}", post.id);
                None
            }
        }
    }

    /// Fetches and verifies what a post says, and does what follows.
    async fn hear(&self, post: &Post, reporter: &Peer, belief: Result<Belief, Doubt>) -> Result<(), Failure> {
        let verified = self.verified(post, reporter).await?;
        let attackers = verified.attackers().len();
        tracing::info!(
            step = "verified",
            post = %post.id,
            attackers,
            "verified post {}; attackers that its log proves: {attackers}", post.id
        );
        hear(&self.core, &self.archive, verified, (post, reporter), belief).await?;
        self.outbox.wake();
        Ok(())
    }

    /// The post's log, fetched and verified.
    async fn verified(&self, post: &Post, reporter: &Peer) -> Result<Verified<MaliciousLog>, Failure> {
        let (log, posted) = (self.fetch(post, Some(reporter)).await?, post.file_hash);
        // Up to 10 MB are hashed and parsed: not on a thread that others wait for.
        let work = spawn_blocking(move || evidence::verify(log, posted));
        let stopped = |error: JoinError| Failure::new(Fault::Own, error);
        let refused = |error: VerifyError| {
            let url = post.log_url.clone();
            self.blame(PeerFailure { peer: post.owner, url, error: error.to_string(), at: Timestamp::now() });
            let dispute = error.is_false_evidence().then(|| Dispute::NoEvidence { error: error.to_string() });
            Failure { dispute, ..Failure::new(Fault::Log, error) }
        };
        work.await.map_err(stopped)?.map_err(refused)
    }

    async fn fetch(&self, post: &Post, reporter: Option<&Peer>) -> Result<MaliciousLog, Failure> {
        let wanted = Wanted::of_post(post, reporter);
        match self.fetcher.fetch_with(&wanted, &self.likers.of(post), Timestamp::now()).await {
            Ok(fetched) => {
                fetched.failures.iter().filter_map(blamed).for_each(|failure| self.blame(failure));
                Ok(fetched.log)
            }
            Err(error) => {
                error.attempts.iter().filter_map(blamed).for_each(|failure| self.blame(failure));
                Err(Failure::new(unfetched(&error), error))
            }
        }
    }

    /// Remembers that a peer did not give what it should have. Nothing waits for that, or depends on it.
    fn blame(&self, failure: PeerFailure) {
        drop(self.core.database().record(vec![Record::PeerFailed(failure)]));
    }

    /// Remembers what became of a post, and queues the dispute with it in one transaction.
    async fn remember(&self, post: Post, state: PostState, dispute: Option<Dispute>) {
        let id = post.id;
        let record = Record::Post(Box::new(record(post, state)));
        let dispute = dispute.map(|dispute| Record::Dispute(id, dispute));
        self.write(id, [record].into_iter().chain(dispute).collect()).await;
    }

    async fn write(&self, post: PostId, records: Vec<Record>) {
        if let Err(error) = self.outbox.put(records).await {
            tracing::error!("remembering what became of post {post}: {error}");
        }
    }
}

/// Whether nothing is to be done about a post for now but to follow it.
fn is_settled(record: &PostRecord, now: Timestamp) -> bool {
    let is_failed = matches!(record.state, PostState::Failed { .. });
    // A clock that was set back must not keep it waiting.
    record.state.is_final() || is_failed && now.duration_since(record.seen).abs() < REST
}

#[cfg(test)]
mod tests;
