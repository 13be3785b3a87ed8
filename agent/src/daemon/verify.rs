//! Other peers' posts: judged, fetched, verified, applied, liked.

mod under_way;

use std::sync::Arc;

use jiff::Timestamp;
use tokio::{
    sync::mpsc,
    task::{JoinError, spawn_blocking},
};

use super::{
    archive::Archive, commit::Decided, core::Core, likers::Likers, mirrors::Mirrors, outbox::Outbox,
};
use crate::{
    domain::{MaliciousLog, Peer, PeerKey, Post},
    evidence::{self, Verified, VerifyError},
    fetch::{AttemptError, FailedAttempt, FetchError, Fetcher, Wanted},
    ledger::Ledger,
    record::{Outgoing, PeerFailure, PostRecord, PostState, Record, Witness},
    store::database::DatabaseError,
    trust::{self, Belief, Verdict},
};
use under_way::UnderWay;

/// How often a post whose log could not be fetched is taken up again.
const SECOND_CHANCES: u32 = 3;

/// A post that came to nothing.
struct Failure {
    error: String,
    fault: Fault,
}

/// Whose fault it is that a post came to nothing.
#[derive(Clone, Copy)]
enum Fault {
    /// The log's own: it will never prove anything.
    Log,
    /// That of its server, or of the way there: it gets another chance.
    Way,
    /// This agent's own kernel or disk, or that it leaves a server alone for now: it costs the post no chance.
    Own,
}

impl Fault {
    /// How many more times the post is tried that had so many chances.
    fn tries_left(self, chances: u32) -> u32 {
        match self {
            Self::Log => 0,
            Self::Way => chances.saturating_sub(1),
            Self::Own => chances,
        }
    }
}

impl Failure {
    fn new(fault: Fault, error: impl ToString) -> Self {
        Self { error: error.to_string(), fault }
    }
}

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
    /// This agent.
    pub(super) me: PeerKey,
}

impl Verifier {
    /// Deals with posts until no more come.
    pub(super) async fn run(self, mut posts: mpsc::Receiver<Post>) {
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
            Ok(Some(record)) if record.state.is_final() => return self.keep_up(&record, post).await,
            // Own posts are remembered by whoever published them.
            Ok(_) if post.owner == self.me => return,
            Ok(Some(PostRecord { state: PostState::Failed { tries_left, .. }, .. })) => tries_left,
            Ok(_) => SECOND_CHANCES + 1,
            Err(error) => return tracing::error!(post = %post.id, "looking up post {}: {error}", post.id),
        };
        tracing::info!(step = "seen", post = %post.id, reporter = %post.owner, "seen post {}", post.id);
        let Some((verdict, reporter)) = self.judge(&post).await else { return };
        let (state, likes) = match verdict {
            Verdict::Apply(belief) => match self.apply((&post, reporter.as_ref()), belief).await {
                Ok((state, likes)) => (state, likes),
                Err(Failure { error, fault }) => {
                    tracing::warn!(step = "failed", post = %post.id, "not applying post {}: {error}", post.id);
                    (PostState::Failed { error, tries_left: fault.tries_left(chances) }, false)
                }
            },
            Verdict::Watch(doubt) => (PostState::Watched { doubt }, false),
            Verdict::Reject(doubt) => (PostState::Rejected { doubt }, false),
        };
        let (id, is_applied) = (post.id, matches!(state, PostState::Applied { .. }));
        if let Err(error) = self.remember(post.clone(), state, likes).await {
            tracing::error!("remembering what became of post {id}: {error}");
        } else if is_applied {
            self.mirrors.consider(&post).await;
        }
    }

    /// Follows what happens to a post that has been dealt with: its likes, its mirrors.
    async fn keep_up(&self, before: &PostRecord, post: Post) {
        if matches!(before.state, PostState::Applied { .. }) {
            self.mirrors.consider(&post).await;
        }
        if (before.post.likes, &before.post.mirrors) != (post.likes, &post.mirrors) {
            // Nothing waits for that, or depends on it.
            drop(self.core.database().record(vec![Record::PostChanged(Box::new(post))]));
        }
    }

    /// The verdict, and the reporter as the ledger knows it; none when the ledger could not be asked, so that the post is
    /// judged when it comes again.
    async fn judge(&self, post: &Post) -> Option<(Verdict, Option<Peer>)> {
        match self.ledger.peer(&post.owner).await {
            Ok(reporter) => {
                let engine = self.core.engine().await;
                let policy = &engine.rules().policy;
                let verdict = trust::judge(post, reporter.as_ref(), policy, &self.me, Timestamp::now());
                Some((verdict, reporter))
            }
            Err(error) => {
                tracing::warn!(post = %post.id, "judging post {}: {error}", post.id);
                None
            }
        }
    }

    /// What became of a believed post, and whether it is worth a like.
    async fn apply(
        &self,
        (post, reporter): (&Post, Option<&Peer>),
        belief: Belief,
    ) -> Result<(PostState, bool), Failure> {
        let (verified, is_new) = self.verified(post, reporter).await?;
        let attackers = verified.attackers().len();
        tracing::info!(
            step = "verified",
            post = %post.id,
            attackers,
            "verified post {}; attackers that its log proves: {attackers}", post.id
        );
        let state = block(&self.core, &self.archive, verified, (post, belief)).await?;
        // Who posts again what another one reported earns nothing by it.
        let likes = is_new && matches!(&state, PostState::Applied { blocked, .. } if !blocked.is_empty());
        Ok((state, likes))
    }

    /// The post's log, fetched and verified, and whether this agent sees it for the first time.
    async fn verified(
        &self,
        post: &Post,
        reporter: Option<&Peer>,
    ) -> Result<(Verified<MaliciousLog>, bool), Failure> {
        let log = self.fetch(post, reporter).await?;
        let (logs, posted) = (Arc::clone(self.archive.logs()), post.file_hash);
        // Up to 10 MB are hashed and parsed: not on a thread that others wait for.
        let work = spawn_blocking(move || {
            let is_new = !matches!(logs.open_log(posted.log_id()), Ok(Some(_)));
            evidence::verify(log, posted).map(|verified| (verified, is_new))
        });
        let stopped = |error: JoinError| Failure::new(Fault::Own, error);
        let refused = |error: VerifyError| {
            let url = post.log_url.clone();
            self.blame(PeerFailure { peer: post.owner, url, error: error.to_string(), at: Timestamp::now() });
            Failure::new(Fault::Log, error)
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
                Err(Failure::new(unfetched(&error, post.owner), error))
            }
        }
    }

    /// Remembers that a peer did not give what it should have. Nothing waits for that, or depends on it.
    fn blame(&self, failure: PeerFailure) {
        drop(self.core.database().record(vec![Record::PeerFailed(failure)]));
    }

    /// Remembers the decision and queues the like in one transaction.
    async fn remember(&self, post: Post, state: PostState, likes: bool) -> Result<(), DatabaseError> {
        let outgoing = likes.then(|| Record::Outgoing(Outgoing::Like { post: Box::new(post.clone()) }));
        let record = PostRecord { post, seen: Timestamp::now(), state, liked: false };
        let records = std::iter::once(Record::Post(Box::new(record))).chain(outgoing).collect();
        self.outbox.put(records).await
    }
}

/// Blocks whom a verified log accuses, and stores the log, so that the blocks can be explained after its reporter is gone.
async fn block(
    core: &Core,
    archive: &Archive,
    verified: Verified<MaliciousLog>,
    (post, belief): (&Post, Belief),
) -> Result<PostState, Failure> {
    let done = core.decide(|engine, now| engine.accuse(&verified, post, &belief, now)).await;
    let Decided { blocked, refused, .. } =
        done.committed().map_err(|error| Failure::new(Fault::Own, error))?;
    if !blocked.is_empty() {
        let from = Witness::Peer { reporter: post.owner, post: post.id };
        if let Err(error) = archive.keep(verified, from).await {
            tracing::warn!(post = %post.id, "keeping a verified log: {error}");
        }
    }
    let refused = refused.iter().map(ToString::to_string).collect();
    Ok(PostState::Applied { belief, blocked, refused })
}

/// Whose fault it is that no place gave the log. What is hopeless at one place is not at another, which may be known
/// tomorrow; only when the reporter itself serves more than a log may have, no log can have that hash.
fn unfetched(error: &FetchError, reporter: PeerKey) -> Fault {
    let is_too_large = |attempt: &FailedAttempt| {
        attempt.peer == Some(reporter) && matches!(attempt.error, AttemptError::TooLarge(_))
    };
    let was_left_alone = |attempt: &FailedAttempt| matches!(attempt.error, AttemptError::LeftAlone { .. });
    if error.attempts.iter().any(is_too_large) {
        Fault::Log
    } else if error.attempts.iter().any(was_left_alone) {
        Fault::Own
    } else {
        Fault::Way
    }
}

/// The failure of a peer, where it is known whose server it was. Who was left alone did not fail.
fn blamed(attempt: &FailedAttempt) -> Option<PeerFailure> {
    let FailedAttempt { url, peer, error, at, .. } = attempt;
    if matches!(error, AttemptError::LeftAlone { .. }) {
        return None;
    }
    Some(PeerFailure { peer: (*peer)?, url: url.clone(), error: error.to_string(), at: *at })
}

#[cfg(test)]
mod tests;
