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
mod fetching;
mod housekeeping;
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
mod upkeep;
mod verify;

use std::{convert::Infallible, future::pending, sync::Arc, time::Duration};

use anyhow::Context;
use sd_notify::NotifyState;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
    time::{Interval, MissedTickBehavior, interval, timeout},
};

use crate::{config::Settings, control::Control};
use answer::Desk;
use archive::Archive;
use build::{Parts, Work};
pub use build::{discover, restore};
use clock::Reading;
pub use connect::connect;
pub use fetching::{fetch_policy, operators_policy};
pub use preview::Preview;
use pulse::{Beat, Pulse};
pub use reach::found_url;
pub use rehearsal::{Rehearsal, WouldBlock};

/// How long stopping may take in all.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// How often the firewall table is looked at, and expired blocks are forgotten.
const TICK: Duration = Duration::from_secs(1);
/// What the two clocks of the kernel may differ by without the host having slept.
const NAP: Duration = Duration::from_secs(2);

/// Runs the agent until it is told to stop (SIGTERM or SIGINT).
///
/// # Errors
/// When it cannot start; what happens later is logged and overcome.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let parts = build::build(&settings).await?;
    let core = Arc::clone(&parts.core);
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    start(parts, stopped, &mut tasks);
    let broken = tokio::select! {
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
        _ = tasks.join_next() => true,
        never = tell_when_ready(&core) => match never {},
    };
    tell(NotifyState::Stopping);
    tracing::info!(step = "stopping", "stopping; the kernel goes on dropping what is blocked");
    let _ = stop.send(true);
    if timeout(STOP_WITHIN, wind_down(&mut tasks, &core)).await.is_err() {
        tracing::warn!("some work did not stop within {} s and was dropped", STOP_WITHIN.as_secs());
    }
    anyhow::ensure!(!broken, "a part of the agent ended by itself; the messages before tell why");
    Ok(())
}

/// Tells the service manager that the agent is ready, once the kernel has its table; everything else is there already.
async fn tell_when_ready(core: &core::Core) -> Infallible {
    let mut ticks = ticks();
    ticks.tick().await;
    // What is wrong is told by who watches the table.
    while core.check_table().await.is_err() {
        ticks.tick().await;
    }
    tell(NotifyState::Ready);
    tracing::info!(step = "ready", "sentinel-agent {} is ready", env!("CARGO_PKG_VERSION"));
    pending().await
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(false, &[state]) {
        tracing::debug!(%error, "telling the service manager");
    }
}

/// Lets all work end, then writes down what the database did not take before.
async fn wind_down(tasks: &mut JoinSet<()>, core: &core::Core) {
    while tasks.join_next().await.is_some() {}
    core.database().retry();
    // Answered when the retry is over, whose outcome is told where it happens.
    if let Err(error) = core.database().waiting().await {
        tracing::debug!("closing the database: {error}");
    }
}

/// Starts every task. Most end at once when `stopped` says so; the server drains first, and the reporter finishes what
/// was detected.
fn start(parts: Parts, stopped: watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let Parts {
        core,
        grammars,
        desk,
        sources,
        intake,
        batches,
        reporter,
        reports,
        server,
        sharing,
        reach,
        guardian,
        archive,
        control,
    } = parts;
    let mut until_stop = |work: Work| {
        tasks.spawn(unless_stopped(work, stopped.clone()));
    };
    for source in sources {
        until_stop(source);
    }
    let (report, reports_in) = reports;
    let (digesting, pulse) = (Arc::clone(&core), Arc::new(Pulse::default()));
    let felt = Arc::clone(&pulse);
    until_stop(Box::pin(async move {
        digest::run(&digesting, grammars, &intake, batches, report, &felt).await;
    }));
    until_stop(Box::pin(tick(Arc::clone(&core), archive, pulse)));
    until_stop(Box::pin(async move { guardian.run(&core).await }));
    until_stop(Box::pin(answer(control, Arc::new(desk))));
    if let Some(sharing) = sharing {
        until_stop(Box::pin(sharing.run()));
    }
    until_stop(Box::pin(reach.run()));
    tasks.spawn(reporter.run(reports_in));
    if let Some((server, listeners)) = server {
        tasks.spawn(server.run(listeners, stop_requested(stopped)));
    }
}

/// What is looked after again and again, for ever.
async fn tick(core: Arc<core::Core>, archive: Archive, pulse: Arc<Pulse>) {
    tokio::join!(watch_table(&core, &pulse), keep_up(&core), housekeeping::run(&core, &archive));
}

/// Answers what comes over the control socket, for ever.
async fn answer(control: Control, desk: Arc<Desk>) {
    let answering = control.serve(move |request| {
        let desk = Arc::clone(&desk);
        async move { desk.answer(request).await }
    });
    answering.await;
}

async fn unless_stopped(work: Work, stopped: watch::Receiver<bool>) {
    tokio::select! {
        () = work => {}
        () = stop_requested(stopped) => {}
    }
}

async fn stop_requested(mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        pending::<()>().await;
    }
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
