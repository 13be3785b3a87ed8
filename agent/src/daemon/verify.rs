//! Other peers' posts: judged, fetched, verified, applied, liked.

mod before;
mod failure;
mod follow;
mod heard;
mod newcomers;
mod obtain;
mod under_way;
mod unproven;

use std::{sync::Arc, time::Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};

use super::{archive::Archive, core::Core, likers::Likers, mirrors::Mirrors, outbox::Outbox};
use crate::{
    domain::{Peer, PeerKey, Post, PostId},
    fetch::Fetcher,
    ledger::{Ledger, LedgerError, Signed},
    metrics::PostVerdict,
    record::{PostRecord, PostState, Record},
    trust::{self, Belief, Dispute, Doubt, Verdict},
};
use before::Before;
use failure::{Failure, Fault};
use heard::{hear, record};
pub(super) use newcomers::Newcomers;
use under_way::UnderWay;
pub(super) use unproven::Unproven;

/// How long a post whose log could not be fetched is left alone before it is taken up again, since anybody can have the ledger show it again at any time. That the ledger does by
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
    /// How many posts were remembered that nothing proves.
    pub(super) unproven: Arc<Unproven>,
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
                    // The ledger shows a post again while it is being dealt with: somebody liked it, or took it back.
                    if under_way.has(&post) {
                        self.likers.liked(post.id);
                        under_way.note(post);
                    } else {
                        self.begin(&mut under_way, post);
                    }
                }
                Some(again) = under_way.done() => {
                    if let Some(post) = again {
                        self.begin(&mut under_way, post);
                    }
                }
            }
        }
    }

    fn begin(&self, under_way: &mut UnderWay, post: Post) {
        let verifier = self.clone();
        under_way.take(post, |post| async move { verifier.deal_with(post).await });
    }

    async fn deal_with(&self, post: Post) {
        let since = Instant::now();
        let before = match self.core.database().post(post.id).await {
            Ok(Some(record)) if is_settled(&record, Timestamp::now()) && !is_redated(&record, &post) => {
                return self.keep_up(&record, post).await;
            }
            // Own posts are remembered by whoever published them.
            Ok(_) if post.owner == self.me => return,
            Ok(found) => Before::of(found.as_ref().map(|record| &record.state)),
            Err(error) => return tracing::error!(post = %post.id, "looking up post {}: {error}", post.id),
        };
        tracing::info!(step = "seen", post = %post.id, reporter = %post.owner, "seen post {}", post.id);
        match self.judge(&post).await {
            Ok((Verdict::Apply(belief), Some(reporter))) => {
                self.take_up(post, &reporter, Ok(belief), (before, since)).await;
            }
            Ok((Verdict::Watch(doubt), Some(reporter)))
                if self.newcomers.have_room(post.owner, Instant::now()) =>
            {
                self.take_up(post, &reporter, Err(doubt), (before, since)).await;
            }
            // The program takes posts of peers alone: an endpoint is wrong about one of the two.
            Ok((Verdict::Reject(doubt @ Doubt::Unknown), _)) => {
                self.fail(post, Failure::new(Fault::Ledger, doubt), before).await;
            }
            Ok((Verdict::Reject(Doubt::Retracted), _)) => self.turn_down(post, before).await,
            Ok((Verdict::Reject(doubt), _)) => {
                self.remember_unproven(post, PostState::Rejected { doubt }, before).await;
            }
            Ok((Verdict::Watch(doubt), _)) => {
                self.remember_unproven(post, PostState::Watched { doubt }, before).await;
            }
            // Nobody is believed who is no peer.
            Ok((Verdict::Apply(_), None)) => {}
            Err(error) => self.fail(post, Failure::new(Fault::Ledger, error), before).await,
        }
    }

    /// Deals with what its owner signed of a post that was seen at `since`.
    async fn take_up(
        &self,
        post: Post,
        reporter: &Peer,
        belief: Result<Belief, Doubt>,
        (before, since): (Before, Instant),
    ) {
        let signed = match self.ledger.signed(&post).await {
            Ok(signed) => signed,
            Err(error) => return self.fail(post, Failure::new(Fault::Ledger, error), before).await,
        };
        if let Err(doubt) = &belief
            && !self.newcomers.admit(post.owner, Instant::now())
        {
            let state = PostState::Watched { doubt: doubt.clone() };
            return self.remember(signed.into_inner(), state, None, before).await;
        }
        let is_newcomer = belief.is_err();
        let heard = self.hear(&signed, reporter, belief).await;
        let post = signed.into_inner();
        match heard {
            Ok(dropped_since) => {
                let metrics = self.core.metrics();
                metrics.post(if is_newcomer { PostVerdict::Heard } else { PostVerdict::Applied });
                if let Some(at) = dropped_since {
                    metrics.applied(at.duration_since(since));
                }
                self.mirrors.consider(&post).await;
            }
            Err(failure) if is_newcomer => self.fail(post, failure.of_newcomer(), before).await,
            Err(failure) => self.fail(post, failure, before).await,
        }
    }

    /// Rejects a post that was taken back before this agent saw it.
    async fn turn_down(&self, post: Post, before: Before) {
        match self.ledger.retraction(&post).await {
            Ok(_) => self.remember(post, PostState::Rejected { doubt: Doubt::Retracted }, None, before).await,
            Err(error) => self.fail(post, Failure::new(Fault::Ledger, error), before).await,
        }
    }

    async fn fail(&self, post: Post, Failure { error, fault, dispute }: Failure, before: Before) {
        let tries_left = fault.tries_left(before.chances);
        if let Fault::Ledger = fault {
            return self.remember_unproven(post, PostState::Failed { error, tries_left }, before).await;
        }
        say_failed(&post, &error);
        self.remember(post, PostState::Failed { error, tries_left }, dispute, before).await;
    }

    /// Remembers what became of a post that an endpoint may have invented, unless there are too many of those.
    async fn remember_unproven(&self, post: Post, state: PostState, before: Before) {
        if !before.is_known && !self.unproven.admit(Instant::now()) {
            self.count(&state, before);
            return tracing::debug!(post = %post.id, ?state, "not remembering post {}", post.id);
        }
        if let PostState::Failed { error, .. } = &state {
            say_failed(&post, error);
        }
        self.remember(post, state, None, before).await;
    }

    /// The verdict, and the reporter as the ledger knows it.
    async fn judge(&self, post: &Post) -> Result<(Verdict, Option<Peer>), LedgerError> {
        let reporter = self.ledger.reporter(&post.owner).await?;
        let engine = self.core.engine().await;
        let verdict = trust::judge(post, reporter.as_ref(), engine.policy(), &self.me, Timestamp::now());
        Ok((verdict, reporter))
    }

    /// Fetches and verifies what a post says, and does what follows. Tells since when the kernel drops whom it proves, if
    /// that is new.
    async fn hear(
        &self,
        signed: &Signed<Post>,
        reporter: &Peer,
        belief: Result<Belief, Doubt>,
    ) -> Result<Option<Instant>, Failure> {
        let post = signed.get();
        let verified = self.verified(post, reporter).await?;
        let attackers = verified.attackers().len();
        tracing::info!(
            step = "verified",
            post = %post.id,
            attackers,
            "verified post {}; attackers that its log proves: {attackers}", post.id
        );
        let dropped_since = hear(&self.core, &self.archive, verified, (signed, reporter), belief).await?;
        self.outbox.wake();
        Ok(dropped_since)
    }

    /// Remembers what became of a post, and queues the dispute with it in one transaction.
    async fn remember(&self, post: Post, state: PostState, dispute: Option<Dispute>, before: Before) {
        let id = post.id;
        self.count(&state, before);
        let record = Record::Post(Box::new(record(post, state)));
        let dispute = dispute.map(|dispute| Record::Dispute(id, dispute));
        self.write(id, [record].into_iter().chain(dispute).collect()).await;
    }

    fn count(&self, state: &PostState, before: Before) {
        if let Some(verdict) = before.news(state) {
            self.core.metrics().post(verdict);
        }
    }

    async fn write(&self, post: PostId, records: Vec<Record>) {
        if let Err(error) = self.outbox.put(records).await {
            tracing::error!("remembering what became of post {post}: {error}");
        }
    }
}

fn say_failed(post: &Post, error: &str) {
    tracing::warn!(step = "failed", post = %post.id, "not applying post {}: {error}", post.id);
}

/// Whether a post that was rejected is shown with another time: one endpoint that lies about it does not decide for all.
/// What its owner took back stays so.
fn is_redated(before: &PostRecord, post: &Post) -> bool {
    let is_rejected = matches!(&before.state, PostState::Rejected { doubt } if *doubt != Doubt::Retracted);
    is_rejected && before.post.timestamp != post.timestamp
}

/// Whether nothing is to be done about a post for now but to follow it.
fn is_settled(record: &PostRecord, now: Timestamp) -> bool {
    let is_failed = matches!(record.state, PostState::Failed { .. });
    // A clock that was set back must not keep it waiting.
    record.state.is_final() || is_failed && now.duration_since(record.seen).abs() < REST
}

#[cfg(test)]
mod tests;
