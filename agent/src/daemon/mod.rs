//! The daemon: wires everything, runs it, stops it in order and in time.
//!
//! ```text
//! sources --batches--> observe --hits--> core (engine, kernel, database)
//!                                          |  detections
//!                                          v
//!                          report --> log store --> outbox --> ledger
//!                                                                |  posts
//!          core <--accuse-- verify <--fetch-- peers' servers <---+
//! ```
//!
//! [`engine`] decides and does no I/O; `core` makes its decisions true. Every arrow is a bounded channel.

mod answer;
mod archive;
mod build;
mod clock;
mod commit;
mod connect;
mod core;
mod digest;
mod directory;
mod draft;
pub mod engine;
mod facts;
mod fetching;
mod housekeeping;
mod lasting;
mod life;
mod likers;
mod mirrors;
mod outbox;
mod peers;
mod preview;
mod privacy;
mod protect;
mod publisher;
mod pulse;
mod purse;
mod reach;
mod reader;
mod rehearsal;
mod report;
mod systemd;
mod upkeep;
mod verify;
mod warnings;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use jiff::Timestamp;
use tokio::{
    runtime::{self, Runtime},
    signal::unix::{Signal, SignalKind, signal},
    time::{Interval, MissedTickBehavior, interval},
};

use crate::{config::Settings, control::ReloadView, told::told};
use archive::Archive;
pub use build::{discover, foresee, restore};
use clock::Reading;
pub use connect::connect;
pub use fetching::{fetch_policy, operators_policy};
use lasting::Lasting;
use life::Life;
pub use preview::Preview;
use pulse::{Beat, Pulse};
pub use reach::found_url;
pub use rehearsal::{Rehearsal, WouldBlock};
pub use warnings::Warnings;

/// How often the firewall table is looked at, and expired blocks are forgotten.
const TICK: Duration = Duration::from_secs(1);
/// What the two clocks of the kernel may differ by without the host having slept.
const NAP: Duration = Duration::from_secs(2);

/// Runs the agent until it is told to stop (SIGTERM or SIGINT). On SIGHUP, or when the command line asks for it, it asks `configure` for the settings anew.
///
/// Whatever changed, it starts anew by them within this process: its parts stop in order, the kernel goes on dropping,
/// sockets stay open, sources go on where they stopped, and what was counted of a source still counts. Settings by which
/// it cannot work change nothing: it goes on by those before. `warnings` are what its log has said lately.
///
/// # Errors
/// When it cannot start; what happens later is logged and overcome.
pub fn run(
    settings: Settings,
    configure: impl Fn() -> anyhow::Result<Settings>,
    warnings: Warnings,
) -> anyhow::Result<()> {
    let supervisor = runtime::Builder::new_current_thread().enable_all().build();
    let supervisor = supervisor.context("starting the runtime")?;
    let mut signals = supervisor.block_on(async { Signals::listen() })?;
    let lasting = Lasting::new(warnings);
    let mut life = Life::begin(settings, &lasting, &mut None)?;
    let mut is_ready = false;
    loop {
        let core = Arc::clone(life.core());
        let next = supervisor.block_on(async {
            tokio::select! {
                _ = signals.terminate.recv() => Next::Stop,
                _ = signals.interrupt.recv() => Next::Stop,
                _ = signals.hangup.recv() => Next::Reload,
                () = lasting.reload.notified() => Next::Reload,
                () = life.broken() => Next::Fail,
                () = has_table(&core), if !is_ready => Next::Ready,
            }
        });
        drop(core);
        let is_broken = match next {
            Next::Ready => {
                systemd::ready();
                tracing::info!(step = "ready", "sentinel-agent {} is ready", env!("CARGO_PKG_VERSION"));
                is_ready = true;
                continue;
            }
            Next::Reload => {
                systemd::reloading();
                life = reload(life, &lasting, &configure, &supervisor)?;
                is_ready = false;
                continue;
            }
            Next::Stop => false,
            Next::Fail => true,
        };
        systemd::stopping();
        tracing::info!(step = "stopping", "stopping; the kernel goes on dropping what is blocked");
        drop(life.end(&lasting, &supervisor));
        anyhow::ensure!(!is_broken, "a part of the agent ended by itself; the messages before tell why");
        return Ok(());
    }
}

/// Waits until the kernel has the table; everything else is there when an agent's life has begun.
async fn has_table(core: &core::Core) {
    let mut ticks = ticks();
    ticks.tick().await;
    // What is wrong is told by who watches the table.
    while core.check_table().await.is_err() {
        ticks.tick().await;
    }
}

/// What comes next in the agent's run.
enum Next {
    Ready,
    Stop,
    Reload,
    Fail,
}

/// The signals by which it is told.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("listening for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("listening for SIGINT")?,
            hangup: signal(SignalKind::hangup()).context("listening for SIGHUP")?,
        })
    }
}

/// Goes on by the settings of now, or else by those of before.
///
/// # Errors
/// When it can go on by neither.
fn reload(
    life: Life,
    lasting: &Lasting,
    configure: &impl Fn() -> anyhow::Result<Settings>,
    supervisor: &Runtime,
) -> anyhow::Result<Life> {
    let at = Timestamp::now();
    tracing::info!(step = "reloading", "reading the configuration anew");
    let note = |refused: Option<String>| {
        match &refused {
            None => tracing::info!(step = "reloaded", "the configuration of now is in force"),
            Some(reason) => {
                tracing::error!(step = "reload-refused", "going on by the settings before: {reason}");
            }
        }
        lasting.reloaded.send_replace(Some(ReloadView { at, refused }));
    };
    let looked_at = || {
        life.remembers_all()?;
        let settings = configure()?;
        build::foresee(&settings)?;
        anyhow::Ok(settings)
    };
    let settings = match looked_at() {
        Ok(settings) => settings,
        Err(error) => {
            note(Some(told(&error)));
            return Ok(life);
        }
    };
    let before = life.settings().clone();
    let mut seen = life.end(lasting, supervisor);
    let (life, refused) = match Life::begin(settings, lasting, &mut seen) {
        Ok(life) => (life, None),
        Err(error) => {
            let reason = format!("the agent cannot work by the new ones: {}", told(&error));
            supervisor.block_on(lasting.ended());
            (Life::begin(before, lasting, &mut seen).context(reason.clone())?, Some(reason))
        }
    };
    lasting.sockets.close_disclaimed();
    note(refused);
    Ok(life)
}

/// What is looked after again and again, for ever.
async fn tick(core: Arc<core::Core>, archive: Archive, pulse: Arc<Pulse>) {
    tokio::join!(watch_table(&core, &pulse), keep_up(&core), housekeeping::run(&core, &archive));
}

/// Once a second, whatever the disk does: is the table still ours?
async fn watch_table(core: &core::Core, pulse: &Pulse) {
    let mut asleep = Reading::asleep();
    let mut ticks = ticks();
    loop {
        ticks.tick().await;
        // The kernel's timeouts stand still while the host sleeps.
        let slept = Reading::asleep().saturating_sub(asleep);
        let checked = match slept > NAP {
            true => core.rebuild().await,
            false => core.check_table().await,
        };
        match checked {
            Ok(()) => asleep += slept,
            Err(error) => tracing::error!("checking the firewall table: {error}"),
        }
        pulse.beat(Beat::Table);
    }
}

/// Once a second: what is still to be remembered, and what has run out?
async fn keep_up(core: &core::Core) {
    let mut ticks = ticks();
    loop {
        ticks.tick().await;
        core.database().retry();
        core.expire().await;
    }
}

/// Once a [`TICK`], the first time at once.
fn ticks() -> Interval {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}
