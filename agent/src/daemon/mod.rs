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
mod metrics_port;
mod mirrors;
mod outbox;
mod peers;
mod phase;
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
mod supervisor;
mod systemd;
mod upkeep;
mod verify;
mod warnings;

use std::{sync::Arc, time::Duration};

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::config::Settings;
use archive::Archive;
pub use build::{discover, foresee, restore};
use clock::Reading;
pub use connect::connect;
pub use fetching::{fetch_policy, operators_policy};
pub use preview::Preview;
use pulse::{Beat, Pulse};
pub use reach::found_url;
pub use rehearsal::{Rehearsal, WouldBlock};
use supervisor::Supervisor;
pub use warnings::Warnings;

/// How often the firewall table is looked at, and expired blocks are forgotten.
const TICK: Duration = Duration::from_secs(1);
/// What the two clocks of the kernel may differ by without the host having slept.
const NAP: Duration = Duration::from_secs(2);

/// Runs the agent until it is told to stop (SIGTERM or SIGINT). On SIGHUP, or when the command line asks for it,
/// it asks `configure` for the settings anew.
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
    Supervisor::new(warnings)?.run(settings, configure)
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
