//! The agent under one configuration: its parts at work, until they are stopped in order.

use std::{future::pending, sync::Arc, time::Duration};

use anyhow::Context;
use tokio::{net::TcpListener, runtime::Runtime, sync::watch, task::JoinSet, time::timeout};

use super::{
    answer::Desk,
    build::{self, Parts},
    core::Core,
    digest,
    lasting::Lasting,
    pulse::Pulse,
    tick,
};
use crate::{config::Settings, control::Control, detect::Detector, metrics};
use sentinel_parsers::Grammars;

/// How long stopping may take in all.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// How long what was begun on other threads may go on after everything else has ended.
const LEFT_OVER: Duration = Duration::from_secs(1);

/// All parts at work, on threads of their own.
pub(super) struct Life {
    settings: Settings,
    core: Arc<Core>,
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
    /// Peers may be in the middle of a download when everything else could stop at once.
    server: JoinSet<()>,
    close: watch::Sender<bool>,
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
    ) -> anyhow::Result<Self> {
        let runtime = Runtime::new().context("starting the runtime")?;
        lasting.sockets.disclaim();
        let parts = runtime.block_on(build::build(&settings, lasting))?;
        let core = Arc::clone(&parts.core);
        if let Some(seen) = seen.take() {
            runtime.block_on(core.engine()).resume(seen);
        }
        let (stop, close) = (watch::Sender::new(false), watch::Sender::new(false));
        let (tasks, server) = (JoinSet::new(), JoinSet::new());
        let mut life = Self { settings, core, tasks, stop, server, close, runtime };
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
            Some(_) = self.tasks.join_next() => {}
            Some(_) = self.server.join_next() => {}
            else => pending().await,
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
        let Self { core, mut tasks, stop, mut server, close, runtime, .. } = self;
        let stopping = async {
            let _ = close.send(true);
            while server.join_next().await.is_some() {}
            let _ = stop.send(true);
            while tasks.join_next().await.is_some() {}
            core.database().retry();
            // Answered when the retry is over, whose outcome is told where it happens.
            if let Err(error) = core.database().waiting().await {
                tracing::debug!("closing the database: {error}");
            }
            core.engine().await.hand_on()
        };
        let seen = waiting.block_on(async { timeout(STOP_WITHIN, stopping).await });
        if seen.is_err() {
            tracing::warn!("some work did not stop within {} s and was dropped", STOP_WITHIN.as_secs());
        }
        drop((core, tasks, server));
        runtime.shutdown_timeout(LEFT_OVER);
        waiting.block_on(lasting.ended());
        seen.ok()
    }

    /// Starts every task. Most end at once when they are stopped; the server drains before, what was read is digested,
    /// who asked is answered, and the reporter finishes what was detected.
    fn start(&mut self, parts: Parts) {
        let Parts {
            core,
            grammars,
            desk,
            sources,
            intake,
            batches,
            reporter,
            reports: (report, reports_in),
            server,
            sharing,
            reach,
            guardian,
            archive,
            control,
            measured_at,
        } = parts;
        for source in sources {
            self.until_stop(source);
        }
        let pulse = Arc::new(Pulse::default());
        let (digesting, felt, stopped) = (Arc::clone(&core), Arc::clone(&pulse), requested(&self.stop));
        self.spawn(async move {
            let grammars = grammars.as_ref().unwrap_or(Grammars::shipped());
            digest::run(&digesting, grammars, &intake, batches, report, &felt, stopped).await;
        });
        self.until_stop(tick(Arc::clone(&core), archive, pulse));
        self.until_stop(async move { guardian.run(&core).await });
        let (desk, stopped) = (Arc::new(desk), requested(&self.stop));
        if let Some(listener) = measured_at {
            self.until_stop(measure(listener, Arc::clone(&desk)));
        }
        self.spawn(answer(control, desk, stopped));
        if let Some(sharing) = sharing {
            self.until_stop(sharing.run());
        }
        self.until_stop(reach.run());
        self.spawn(reporter.run(reports_in));
        if let Some((server, listeners)) = server {
            let closed = requested(&self.close);
            self.server.spawn_on(server.run(listeners, closed), self.runtime.handle());
        }
    }

    fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn_on(work, self.runtime.handle());
    }

    fn until_stop(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let stopped = requested(&self.stop);
        self.spawn(async move {
            tokio::select! {
                () = work => {}
                () = stopped => {}
            }
        });
    }
}

/// Ends when it is asked for.
fn requested(order: &watch::Sender<bool>) -> impl Future<Output = ()> + Send + use<> {
    let mut order = order.subscribe();
    async move {
        if order.wait_for(|given| *given).await.is_err() {
            pending::<()>().await;
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

/// Answers who asks what is measured, for ever.
async fn measure(listener: TcpListener, desk: Arc<Desk>) {
    let answering = metrics::serve(listener, move || {
        let desk = Arc::clone(&desk);
        async move { desk.scrape().await }
    });
    answering.await;
}
