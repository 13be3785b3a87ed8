//! What has time: making up for what a crash left undone, and forgetting what nobody needs any more.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::{archive::Archive, core::Core};
use crate::store::database::DatabaseError;

/// For so long after the start nothing counts as ended for good: a host without a clock of its own learns the time from
/// the network, and until then may be ahead of it.
const SETTLING: Duration = Duration::from_secs(600);
/// How often it is looked whether the clock was set back meanwhile.
const LOOK: Duration = Duration::from_secs(1);
/// How often what nobody needs is forgotten afterwards.
const ROUND: Duration = Duration::from_secs(3600);
/// How long posts are remembered at least; longer while a block or a receipt rests on them, or while they are believed.
const POSTS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long it is remembered that a peer did not give a log.
const FAILURES: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long it is remembered what an evicted log was.
const RECEIPTS: SignedDuration = SignedDuration::from_hours(365 * 24);
/// How long it is remembered how far a file was read that is gone.
const POSITIONS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Tidies up, for ever.
pub(super) async fn run(core: &Core, archive: &Archive) {
    if let Err(error) = archive.reconcile().await {
        tracing::warn!("comparing malicious logs with their receipts: {error}");
    }
    settle(core).await;
    let mut rounds = interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        if let Err(error) = forget_ended(core).await {
            tracing::warn!("forgetting blocks that ended while no agent ran: {error}");
        }
        if let Err(error) = prune(core).await {
            tracing::warn!("forgetting old posts, receipts, failures and positions: {error}");
        }
    }
}

/// Follows a clock that is set back while it settles.
async fn settle(core: &Core) {
    let end = Instant::now() + SETTLING;
    let mut latest = core.now();
    while Instant::now() < end {
        sleep(LOOK).await;
        let now = core.now();
        if now < latest
            && let Err(error) = bring_back(core).await
        {
            tracing::warn!(
                "bringing back blocks that have not ended by the clock that was set back: {error}"
            );
        }
        latest = now;
    }
}

/// Blocks again what counted as ended and has not ended by now.
async fn bring_back(core: &Core) -> Result<(), DatabaseError> {
    let (mut remembered, mut back) = (core.database().reasons(core.now()), 0);
    while let Some(reasons) = remembered.next().await {
        let reasons = reasons?;
        // What was decided and could not be committed has been said, and is tried again.
        let (decided, _) = core.decide(|engine, now| engine.bring_back(reasons, now)).await.parts();
        back += decided.blocked.len();
    }
    if back > 0 {
        tracing::info!(
            step = "restored",
            back,
            "the clock was ahead: {back} blocks have not ended after all"
        );
    }
    Ok(())
}

/// Forgets what had ended before this agent started; what ends while it runs is forgotten at once.
async fn forget_ended(core: &Core) -> Result<(), DatabaseError> {
    let mut remembered = core.database().ended_reasons(core.now());
    while let Some(reasons) = remembered.next().await {
        let reasons = reasons?;
        let _ = core.decide(|engine, _| engine.forget(reasons)).await;
    }
    Ok(())
}

/// Forgets what is too old to matter.
async fn prune(core: &Core) -> Result<(), DatabaseError> {
    let max_age = core.engine().await.policy().max_age;
    let ago = |age: SignedDuration| core.now().saturating_sub(age).unwrap_or(Timestamp::MIN);
    core.database().prune_receipts(ago(RECEIPTS)).await?;
    core.database().prune_posts(ago(POSTS.max(max_age))).await?;
    core.database().prune_events(ago(POSTS.max(max_age))).await?;
    core.database().prune_failures(ago(FAILURES)).await?;
    let (before, mut after) = (ago(POSITIONS), String::new());
    loop {
        let quiet = core.database().quiet_sources(before, after).await?;
        let Some(last) = quiet.last() else { return Ok(()) };
        after = last.clone();
        let mut gone = Vec::new();
        for source in quiet {
            if is_gone(&source).await {
                gone.push(source);
            }
        }
        core.database().prune_positions(gone, before).await?;
    }
}

/// Whether a source was a file that is there no longer.
async fn is_gone(source: &str) -> bool {
    source.starts_with('/') && matches!(tokio::fs::try_exists(source).await, Ok(false))
}

#[cfg(test)]
mod tests;
