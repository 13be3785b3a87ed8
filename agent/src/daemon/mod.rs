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
mod build;
mod core;
mod directory;
pub mod engine;
mod observe;
mod outbox;
mod protect;
mod report;
mod sources;
mod verify;

use std::{future::pending, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
    time::{interval, timeout},
};

use crate::{config::Settings, control::Control};
use build::Parts;
pub use build::connect;
pub use sources::discover;

/// How long stopping may take in all (DESIGN section 12).
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// How often the firewall table is looked at, and expired blocks are forgotten.
const TICK: Duration = Duration::from_secs(1);

/// Runs the agent until it is told to stop (SIGTERM or SIGINT).
///
/// # Errors
/// When it cannot start; what happens later is logged and overcome.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let control = bind_control(&settings.control.socket)?;
    let parts = build::build(&settings).await?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    start(parts, control, stopped, &mut tasks);
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
    if timeout(STOP_WITHIN, async { while tasks.join_next().await.is_some() {} }).await.is_err() {
        tracing::warn!("some work did not stop within {} s and was dropped", STOP_WITHIN.as_secs());
    }
    anyhow::ensure!(!broken, "a part of the agent ended by itself; the messages before tell why");
    Ok(())
}

fn bind_control(path: &Path) -> anyhow::Result<Control> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("making the folder {} for the control socket", folder.display()))?;
    }
    Ok(Control::bind(path)?)
}

/// Starts every task. Most end at once when `stopped` says so; the server drains first, and the reporter finishes what was
/// detected.
fn start(parts: Parts, control: Control, stopped: watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let Parts { core, desk, sources, intake, batches, reporter, reports, server, sharing, links, constant } =
        parts;
    let mut until_stop = |work: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| {
        let stopped = stopped.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = work => {}
                () = stop_requested(stopped) => {}
            }
        });
    };
    for source in sources {
        until_stop(source);
    }
    let (report, reports_in) = reports;
    let observing = Arc::clone(&core);
    until_stop(Box::pin(async move { observe::run(&observing, &intake, batches, report).await }));
    let ticking = Arc::clone(&core);
    until_stop(Box::pin(async move { tick(&ticking).await }));
    until_stop(Box::pin(async move { protect::run(&core, constant, links).await }));
    let desk = Arc::new(desk);
    until_stop(Box::pin(control.serve(move |request| {
        let desk = Arc::clone(&desk);
        async move { desk.answer(request).await }
    })));
    if let Some(sharing) = sharing {
        until_stop(Box::pin(sharing.run()));
    }
    tasks.spawn(reporter.run(reports_in));
    if let Some((server, listeners)) = server {
        tasks.spawn(server.run(listeners, stop_requested(stopped)));
    }
}

async fn stop_requested(mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        pending::<()>().await;
    }
}

/// Once a second: is the table still ours, and what has run out?
async fn tick(core: &core::Core) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        if let Err(error) = core.check_table().await {
            tracing::error!("checking the firewall table: {error}");
        }
        core.retry_unsaved().await;
        let expired = core.decide(|engine, now| {
            engine.forget_silent(now);
            engine.expire(now)
        });
        if let Err(error) = expired.await.committed {
            tracing::debug!("forgetting expired blocks: {error}");
        }
    }
}
