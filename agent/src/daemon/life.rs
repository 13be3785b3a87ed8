//! The agent under one configuration: its parts at work, until they are stopped in order.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use tokio::{
    runtime::Runtime,
    time::{Instant, timeout, timeout_at},
};

use super::{
    answer::Desk,
    build::{self, Occasion, Parts, Reading},
    core::Core,
    digest,
    lasting::Lasting,
    phase::Phase,
    pulse::Pulse,
    tick,
};
use crate::{config::Settings, control::Control, detect::Detector, sources::Intake};
use sentinel_parsers::Grammars;

/// How long stopping may take in all.
pub(super) const STOP_WITHIN: Duration = Duration::from_secs(10);
/// How much of that is kept for what ends last: what was begun on other threads, the database, the firewall.
const KEPT_FOR_LAST: Duration = Duration::from_secs(3);
/// How long what was begun on other threads may go on after everything else has ended.
const LEFT_OVER: Duration = Duration::from_secs(1);

/// All parts at work, on threads of their own.
pub(super) struct Life {
    settings: Settings,
    core: Arc<Core>,
    /// Stops first: peers may be in the middle of a download when everything else could stop at once.
    server: Phase,
    /// Stop next, as `intake` tells them: what they have received is still digested.
    sources: Phase,
    intake: Intake,
    tasks: Phase,
    runtime: Runtime,
}

impl Life {
    /// Builds all parts and starts them, going on with what was `seen` before.
    ///
    /// # Errors
    /// When the agent cannot work by these settings; `seen` is as it was then.
    pub(super) fn begin(
        settings: Settings,
        lasting: &Lasting,
        seen: &mut Option<Detector>,
        occasion: Occasion,
    ) -> anyhow::Result<Self> {
        let runtime = Runtime::new().context("starting the runtime")?;
        lasting.sockets.disclaim();
        let parts = runtime.block_on(build::build(&settings, lasting, occasion))?;
        let (core, intake) = (Arc::clone(&parts.core), parts.reading.intake.clone());
        if let Some(seen) = seen.take() {
            runtime.block_on(core.engine()).resume(seen);
        }
        let (server, sources, tasks) = (Phase::default(), Phase::default(), Phase::default());
        let mut life = Self { settings, core, server, sources, intake, tasks, runtime };
        life.start(parts);
        Ok(life)
    }

    /// What decides.
    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// What it goes by.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Waits until a part ends by itself, which none should.
    pub(super) async fn broken(&mut self) {
        tokio::select! {
            () = self.server.broken() => {}
            () = self.sources.broken() => {}
            () = self.tasks.broken() => {}
        }
    }

    /// Whether everything that was decided is on disk, so that whoever reads it back misses nothing.
    ///
    /// # Errors
    /// When the disk does not take it, or does not answer.
    pub(super) fn remembers_all(&self) -> anyhow::Result<()> {
        let flushed = async { timeout(STOP_WITHIN, self.core.database().flushed()).await };
        let flushed = self.runtime.block_on(flushed).context("the database does not answer")?;
        flushed.context("what was decided has to be on disk first")
    }

    /// Stops everything in order; the kernel goes on dropping what is blocked. Gives what was seen of those who are not
    /// blocked yet.
    ///
    /// Peers' downloads finish first, while attacks are still detected. Then no more is read, and what was read is
    /// digested and reported; then the rest ends, and what the database did not take before is written down. `waiting` is
    /// where to wait, since this life's own threads end.
    pub(super) fn end(self, lasting: &Lasting, waiting: &Runtime) -> Option<Detector> {
        let deadline = Instant::now() + STOP_WITHIN;
        let Self { core, mut server, mut sources, intake, mut tasks, runtime, .. } = self;
        let stopping = async {
            server.end().await;
            intake.stop();
            sources.end().await;
            tasks.end().await;
            core.database().retry();
            // Answered when the retry is over, whose outcome is told where it happens.
            if let Err(error) = core.database().waiting().await {
                tracing::debug!("closing the database: {error}");
            }
            core.engine().await.hand_on()
        };
        let seen = waiting.block_on(async { timeout_at(deadline - KEPT_FOR_LAST, stopping).await });
        if seen.is_err() {
            tracing::warn!("some work did not stop in time and was dropped");
        }
        drop((core, server, sources, tasks));
        runtime.shutdown_timeout(LEFT_OVER);
        waiting.block_on(lasting.ended(deadline));
        seen.ok()
    }

    /// Starts every task. Most end at once when they are stopped; the server drains before, what was read is digested,
    /// who asked is answered, and the reporter finishes what was detected.
    fn start(&mut self, parts: Parts) {
        let on = self.runtime.handle();
        let (core, pulse) = (parts.core, Arc::new(Pulse::default()));
        let Reading { grammars, sources, intake, batches } = parts.reading;
        for source in sources {
            self.sources.spawn(on, source);
        }
        let (digesting, felt, stopped) = (Arc::clone(&core), Arc::clone(&pulse), self.tasks.stopped());
        let (report, reports) = parts.reports;
        self.tasks.spawn(on, async move {
            let grammars = grammars.as_ref().unwrap_or(Grammars::shipped());
            digest::run(&digesting, grammars, &intake, batches, report, &felt, stopped).await;
        });
        self.tasks.spawn(on, parts.reporter.run(reports));
        self.tasks.until_stop(on, tick(Arc::clone(&core), parts.archive, pulse));
        let guardian = parts.guardian;
        self.tasks.until_stop(on, async move { guardian.run(&core).await });
        let desk = Arc::new(parts.desk);
        if let Some(port) = parts.metrics {
            self.tasks.until_stop(on, port.serve(Arc::clone(&desk)));
        }
        self.tasks.spawn(on, answer(parts.control, desk, self.tasks.stopped()));
        if let Some(sharing) = parts.sharing {
            self.tasks.until_stop(on, sharing.run());
        }
        self.tasks.until_stop(on, parts.reach.run());
        if let Some((server, listeners)) = parts.server {
            let closed = self.server.stopped();
            self.server.spawn(on, server.run(listeners, closed));
        }
    }
}

/// Answers what comes over the control socket until it is stopped.
async fn answer(control: Control, desk: Arc<Desk>, stopped: impl Future<Output = ()>) {
    let answering = control.serve_until(stopped, move |request| {
        let desk = Arc::clone(&desk);
        async move { desk.answer(request).await }
    });
    answering.await;
}
