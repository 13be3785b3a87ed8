//! The core: what was decided before is read back and put into force.

use std::sync::Arc;

use anyhow::Context;
use ipnetwork::IpNetwork;
use jiff::Timestamp;

use super::{
    super::{
        clock::{Clock, Reading},
        core::Core,
        engine::Engine,
        protect::Guardian,
    },
    engine::engine,
};
use crate::{
    config::{BlockSettings, Settings},
    domain::{PeerKey, Reason},
    guard::{Guard, Refused},
    kernel::{self, Firewall, FirewallHandle, KernelError},
    record::{Record, Regard},
    store::database::Database,
    trust::Event,
};

/// Blocks that are named one by one when they are not restored; of more, only their number is told.
const NAMED: usize = 20;

/// The core with all blocks that were decided before, in force.
///
/// Whatever the kernel does not take is said and tried again; it does not keep the agent from starting.
pub(super) async fn core(
    settings: &Settings,
    guardian: &Guardian,
    database: Database,
    me: PeerKey,
) -> anyhow::Result<Core> {
    let mut engine = engine(settings, Guard::new(guardian.protected()), me);
    let clock = restore(&database, |network, reason| engine.restore(network, reason)).await?;
    restore_offences(&mut engine, &database).await?;
    restore_trust(&mut engine, &database).await?;
    let firewall = if settings.block.observe {
        tracing::info!("observing: everything is decided and shown, nothing is blocked");
        stop_dropping();
        None
    } else {
        Some(firewall(&settings.block, &engine)?)
    };
    let restored = engine.blocks().len();
    let core = Core::new(engine, clock, firewall, database);
    // The policy may be another one; what cannot be committed is said, and tried again.
    let _ = core.decide(|engine, now| engine.settle(now)).await;
    match core.rebuild().await {
        Ok(()) => {}
        Err(error @ KernelError::Elements(_)) => {
            tracing::error!("the kernel does not take all blocks: {error}");
        }
        Err(error) => tracing::error!("writing the blocks into the kernel, to be tried again: {error}"),
    }
    tracing::info!(step = "restored", blocks = restored, "restored {restored} blocks");
    Ok(core)
}

/// Reads back what was decided before, as far as it is let `back`, and sets a clock that is not behind it.
pub(super) async fn restore(
    database: &Database,
    mut back: impl FnMut(IpNetwork, Reason) -> Result<(), Refused>,
) -> anyhow::Result<Clock> {
    let reading = Reading::take();
    let mut known = Timestamp::MIN;
    let (mut stored, mut refused) = (database.reasons(reading.wall), Vec::new());
    while let Some(reasons) = stored.next().await {
        for (network, reason) in reasons? {
            known = known.max(reason.since);
            let origin = Arc::clone(&reason.origin);
            if let Err(refusal) = back(network, reason) {
                if refused.len() < NAMED {
                    tracing::warn!(step = "refused", network = %refusal.network, "not restoring a block: {refusal}");
                }
                // What is let go now does not come back when the guard protects something else one day.
                refused.push(Record::ReasonGone(network, origin));
            }
        }
    }
    forget(refused, database).await;
    Ok(Clock::new(reading, known))
}

/// Reads back who offended before, once the blocks are back.
async fn restore_offences(engine: &mut Engine, database: &Database) -> anyhow::Result<()> {
    let (mut offences, mut stored) = (Vec::new(), database.offences());
    while let Some(some) = stored.next().await {
        offences.extend(some?);
    }
    engine.restore_offences(offences);
    Ok(())
}

/// Reads back what the operator thinks of peers, what the ledger said of them, and what happened.
async fn restore_trust(engine: &mut Engine, database: &Database) -> anyhow::Result<()> {
    for (peer, member) in database.members().await? {
        engine.remember(&Event::Learned { peer, was: None, is: Some(member) });
    }
    let now = Timestamp::now();
    for Regard { peer, attitude, .. } in database.regards().await? {
        // Nothing is said yet, so nothing follows.
        let _ = engine.regard(peer, Some(attitude), now);
    }
    let policy = engine.policy();
    let memory = policy.max_age.saturating_add(policy.lasts);
    let mut events = database.events(now.saturating_sub(memory).unwrap_or(Timestamp::MIN));
    while let Some(some) = events.next().await {
        some?.iter().for_each(|(_, event)| engine.remember(event));
    }
    Ok(())
}

/// Says how many blocks the guard did not let back in, and remembers that they are over.
async fn forget(refused: Vec<Record>, database: &Database) {
    let number = refused.len();
    if number == 0 {
        return;
    }
    tracing::warn!(
        step = "refused",
        number,
        "let {number} blocks go, since the guard protects what they would drop"
    );
    if let Err(error) = database.record(refused).durable().await {
        tracing::error!("remembering which blocks were let go: {error}");
    }
}

fn firewall(section: &BlockSettings, engine: &Engine) -> anyhow::Result<FirewallHandle> {
    kernel::spawn(options(section), &engine.guard().passing()).context("taking over the firewall table")
}

pub(super) fn options(section: &BlockSettings) -> kernel::Options {
    kernel::Options { counters: section.counters, drop_connections: section.drop_connections }
}

/// An earlier run that did block may have left its table; who only observes drops nothing.
fn stop_dropping() {
    match Firewall::discard() {
        Ok(true) => {
            tracing::warn!("deleted the table inet sentinel of an earlier run: nothing is dropped any more")
        }
        Ok(false) => {}
        Err(error) => tracing::warn!("looking for what an earlier run left in the kernel: {error}"),
    }
}

#[cfg(test)]
mod tests;
