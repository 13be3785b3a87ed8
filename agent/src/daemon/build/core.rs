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
        lasting::Lasting,
    },
    base::Base,
    engine::engine,
};
use crate::{
    config::{BlockSettings, Settings},
    domain::Reason,
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
/// Whatever the kernel does not take is said and tried again; it does not keep the agent from starting. Everything that can
/// fail comes before anything is changed: a configuration that is refused forgets no block.
pub(super) async fn core(settings: &Settings, base: &Base, lasting: &Lasting) -> anyhow::Result<Arc<Core>> {
    let (database, guard) = (&base.database, Guard::new(base.guardian.protected()));
    let mut engine = engine(settings, guard, base.identity.peer_key());
    let (clock, let_go) = restore(database, |network, reason| engine.restore(network, reason)).await?;
    restore_offences(&mut engine, database).await?;
    restore_trust(&mut engine, database).await?;
    let firewall = if settings.block.observe {
        tracing::info!("observing: everything is decided and shown, nothing is blocked");
        stop_dropping();
        None
    } else {
        Some(firewall(&settings.block, &engine)?)
    };
    let_go.forget(database).await;
    let restored = engine.blocks().len();
    let core = Core::new(engine, clock, firewall, database.clone()).measured_in(lasting.metrics.clone());
    lasting.expect(core.table_left());
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
    Ok(Arc::new(core))
}

/// Blocks that the guard did not let back in.
#[derive(Debug, Default)]
#[must_use = "what is let go does not come back when the guard protects something else one day"]
pub(super) struct LetGo(Vec<Record>);

impl LetGo {
    /// Says how many there are, and remembers that they are over.
    pub(super) async fn forget(self, database: &Database) {
        let number = self.0.len();
        if number == 0 {
            return;
        }
        tracing::warn!(
            step = "refused",
            number,
            "let {number} blocks go, since the guard protects what they would drop"
        );
        if let Err(error) = database.record(self.0).durable().await {
            tracing::error!("remembering which blocks were let go: {error}");
        }
    }
}

/// Reads back what was decided before, as far as it is let `back`, and sets a clock that is not behind it.
pub(super) async fn restore(
    database: &Database,
    mut back: impl FnMut(IpNetwork, Reason) -> Result<(), Refused>,
) -> anyhow::Result<(Clock, LetGo)> {
    let reading = Reading::take();
    let mut known = Timestamp::MIN;
    let (mut stored, mut let_go) = (database.reasons(reading.wall), LetGo::default());
    while let Some(reasons) = stored.next().await {
        for (network, reason) in reasons? {
            known = known.max(reason.since);
            let origin = Arc::clone(&reason.origin);
            if let Err(refusal) = back(network, reason) {
                if let_go.0.len() < NAMED {
                    tracing::warn!(step = "refused", network = %refusal.network, "not restoring a block: {refusal}");
                }
                let_go.0.push(Record::ReasonGone(network, origin));
            }
        }
    }
    Ok((Clock::new(reading, known), let_go))
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
