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
mod likers;
mod mirrors;
mod outbox;
mod peers;
mod preview;
mod privacy;
mod protect;
mod publisher;
mod purse;
mod reach;
mod reader;
mod rehearsal;
mod report;
mod upkeep;
mod verify;
mod warnings;

use std::{future::pending, sync::Arc, time::Duration};

use anyhow::Context;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
    time::{Interval, MissedTickBehavior, interval, timeout},
};

use crate::{config::Settings, control::Control, metrics};
use answer::Desk;
use archive::Archive;
pub use build::discover;
use build::{Parts, Work};
use clock::Reading;
pub use connect::connect;
pub use fetching::{fetch_policy, operators_policy};
pub use preview::Preview;
pub use reach::found_url;
pub use rehearsal::{Rehearsal, WouldBlock};
pub use warnings::Warnings;

/// How long stopping may take in all.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// How often the firewall table is looked at, and expired blocks are forgotten.
const TICK: Duration = Duration::from_secs(1);
/// What the two clocks of the kernel may differ by without the host having slept.
const NAP: Duration = Duration::from_secs(2);

/// Runs the agent until it is told to stop (SIGTERM or SIGINT). `warnings` are what its log has said lately.
///
/// # Errors
/// When it cannot start; what happens later is logged and overcome.
pub async fn run(settings: Settings, warnings: Warnings) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let parts = build::build(&settings, warnings).await?;
    let core = Arc::clone(&parts.core);
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    start(parts, stopped, &mut tasks);
    let ready = sd_notify::notify(false, &[sd_notify::NotifyState::Ready]);
    tracing::info!(step = "ready", "sentinel-agent {} is ready", env!("CARGO_PKG_VERSION"));
    if let Err(error) = ready {
        tracing::debug!(%error, "telling the service manager");
    }
    let broken = tokio::select! {
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
        _ = tasks.join_next() => true,
    };
    tracing::info!(step = "stopping", "stopping; the kernel goes on dropping what is blocked");
    let _ = stop.send(true);
    if timeout(STOP_WITHIN, wind_down(&mut tasks, &core)).await.is_err() {
        tracing::warn!("some work did not stop within {} s and was dropped", STOP_WITHIN.as_secs());
    }
    anyhow::ensure!(!broken, "a part of the agent ended by itself; the messages before tell why");
    Ok(())
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
        measured_at,
    } = parts;
    let mut until_stop = |work: Work| {
        tasks.spawn(unless_stopped(work, stopped.clone()));
    };
    for source in sources {
        until_stop(source);
    }
    let (report, reports_in) = reports;
    let digesting = Arc::clone(&core);
    until_stop(Box::pin(async move { digest::run(&digesting, grammars, &intake, batches, report).await }));
    until_stop(Box::pin(tick(Arc::clone(&core), archive)));
    until_stop(Box::pin(async move { guardian.run(&core).await }));
    let desk = Arc::new(desk);
    if let Some(listener) = measured_at {
        until_stop(Box::pin(measure(listener, Arc::clone(&desk))));
    }
    until_stop(Box::pin(answer(control, desk)));
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
async fn tick(core: Arc<core::Core>, archive: Archive) {
    tokio::join!(watch_table(&core), keep_up(&core), housekeeping::run(&core, &archive));
}

/// Answers what comes over the control socket, for ever.
async fn answer(control: Control, desk: Arc<Desk>) {
    let answering = control.serve(move |request| {
        let desk = Arc::clone(&desk);
        async move { desk.answer(request).await }
    });
    answering.await;
}

/// Answers who asks what is measured, for ever.
async fn measure(listener: TcpListener, desk: Arc<Desk>) {
    let answering = metrics::serve(listener, move || {
        let desk = Arc::clone(&desk);
        async move { desk.scrape().await }
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
async fn watch_table(core: &core::Core) {
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

fn ticks() -> Interval {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}
