//! What has time: making up for what a crash left undone, and forgetting what nobody needs any more.

use std::time::Duration;

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
        back += core.decide(|engine, now| engine.bring_back(reasons, now)).await.blocked.len();
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

#[cfg(test)]
mod tests;
