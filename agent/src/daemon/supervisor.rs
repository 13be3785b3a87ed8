//! One life of the agent after the other, as signals ask for it.

use anyhow::Context;
use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::{
    runtime::{self, Runtime},
    signal::unix::{Signal, SignalKind, signal},
    task::yield_now,
    time::Instant,
};

use super::{
    build::{self, Occasion},
    core::Core,
    lasting::Lasting,
    life::{Life, STOP_WITHIN},
    systemd, ticks,
    warnings::Warnings,
};
use crate::{config::Settings, control::ReloadView, told::told};

/// Lets lives begin and end, and hears signals meanwhile.
pub(super) struct Supervisor {
    runtime: Runtime,
    signals: Signals,
    lasting: Lasting,
}

/// What comes next in the agent's run.
enum Next {
    Ready,
    Stop,
    Reload,
    Fail,
}

impl Supervisor {
    /// Hears signals from now on.
    ///
    /// # Errors
    /// When the system does not let it.
    pub(super) fn new(warnings: Warnings) -> anyhow::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.context("starting the runtime")?;
        let signals = runtime.block_on(async { Signals::listen() })?;
        Ok(Self { runtime, signals, lasting: Lasting::new(warnings) })
    }

    /// See [`super::run`].
    pub(super) fn run(
        mut self,
        settings: Settings,
        configure: impl Fn() -> anyhow::Result<Settings>,
    ) -> anyhow::Result<()> {
        let mut life = Life::begin(settings, &self.lasting, &mut None, Occasion::Start)?;
        let mut is_ready = false;
        loop {
            match self.next(&mut life, is_ready) {
                Next::Ready => {
                    systemd::ready();
                    tracing::info!(step = "ready", "sentinel-agent {} is ready", env!("CARGO_PKG_VERSION"));
                    is_ready = true;
                }
                Next::Reload => {
                    systemd::reloading();
                    let Some(next) = self.reload(life, &configure)? else { return Ok(()) };
                    (life, is_ready) = (next, false);
                }
                Next::Stop => {
                    self.stop(life);
                    return Ok(());
                }
                Next::Fail => {
                    self.stop(life);
                    anyhow::bail!("a part of the agent ended by itself; the messages before tell why");
                }
            }
        }
    }

    fn next(&mut self, life: &mut Life, is_ready: bool) -> Next {
        let core = life.core().clone();
        let Signals { stop, hangup } = &mut self.signals;
        self.runtime.block_on(async {
            tokio::select! {
                () = stop.asked() => Next::Stop,
                _ = hangup.recv() => Next::Reload,
                () = self.lasting.reload.notified() => Next::Reload,
                () = life.broken() => Next::Fail,
                () = has_table(&core), if !is_ready => Next::Ready,
            }
        })
    }

    fn stop(&self, life: Life) {
        tell_stopping();
        drop(life.end(&self.lasting, &self.runtime));
    }

    /// Goes on by the settings of now, or else by those of before; not at all when it was told to stop meanwhile.
    ///
    /// # Errors
    /// When it can go on by neither.
    fn reload(
        &mut self,
        life: Life,
        configure: &impl Fn() -> anyhow::Result<Settings>,
    ) -> anyhow::Result<Option<Life>> {
        let at = Timestamp::now();
        tracing::info!(step = "reloading", "reading the configuration anew");
        let settings = match look_at_new(&life, configure) {
            Ok(settings) => settings,
            Err(error) => {
                self.note(at, Some(told(&error)));
                return Ok(Some(life));
            }
        };
        let before = life.settings().clone();
        let mut seen = life.end(&self.lasting, &self.runtime);
        if self.runtime.block_on(self.signals.stop.is_asked()) {
            tell_stopping();
            return Ok(None);
        }
        let (life, refused) = match Life::begin(settings, &self.lasting, &mut seen, Occasion::Reload) {
            Ok(life) => (life, None),
            Err(error) => {
                let reason = format!("the agent cannot work by the new ones: {}", told(&error));
                self.runtime.block_on(async { self.lasting.ended(Instant::now() + STOP_WITHIN).await });
                let life = Life::begin(before, &self.lasting, &mut seen, Occasion::Start);
                (life.context(reason.clone())?, Some(reason))
            }
        };
        self.lasting.sockets.close_disclaimed();
        self.note(at, refused);
        Ok(Some(life))
    }

    /// Tells what became of a reload.
    fn note(&self, at: Timestamp, refused: Option<String>) {
        match &refused {
            None => tracing::info!(step = "reloaded", "the configuration of now is in force"),
            Some(reason) => {
                tracing::error!(step = "reload-refused", "going on by the settings before: {reason}");
            }
        }
        self.lasting.reloaded.send_replace(Some(ReloadView { at, refused }));
    }
}

/// The settings of now, as far as can be told that the agent can work by them, and nothing is lost when it begins anew.
fn look_at_new(life: &Life, configure: &impl Fn() -> anyhow::Result<Settings>) -> anyhow::Result<Settings> {
    life.remembers_all()?;
    let settings = configure()?;
    build::foresee(&settings)?;
    Ok(settings)
}

fn tell_stopping() {
    systemd::stopping();
    tracing::info!(step = "stopping", "stopping; the kernel goes on dropping what is blocked");
}

/// Waits until the kernel has the table; everything else is there when an agent's life has begun.
async fn has_table(core: &Core) {
    let mut ticks = ticks();
    ticks.tick().await;
    // What is wrong is told by who watches the table.
    while core.check_table().await.is_err() {
        ticks.tick().await;
    }
}

/// The signals by which the agent is told.
struct Signals {
    stop: Stop,
    hangup: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let stop = Stop {
            terminate: signal(SignalKind::terminate()).context("listening for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("listening for SIGINT")?,
        };
        Ok(Self { stop, hangup: signal(SignalKind::hangup()).context("listening for SIGHUP")? })
    }
}

/// The signals that tell it to stop.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Waits until one comes.
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Whether one has come already.
    async fn is_asked(&mut self) -> bool {
        // The runtime has to look once, on which nobody waited since.
        yield_now().await;
        self.asked().now_or_never().is_some()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn who_is_told_to_stop_while_nobody_waits_for_it_knows_it_afterwards() {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // One that the process does not end by.
        let heard = || signal(SignalKind::window_change()).unwrap();
        let mut stop = runtime.block_on(async { Stop { terminate: heard(), interrupt: heard() } });
        assert!(!runtime.block_on(stop.is_asked()));
        let window_change = SignalKind::window_change().as_raw_value().to_string();
        let sent = std::process::Command::new("kill")
            .args([format!("-{window_change}"), std::process::id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let comes = (0..1000).any(|_| {
            // Which thread the system interrupts for it, and when, is not known.
            std::thread::sleep(std::time::Duration::from_millis(1));
            runtime.block_on(stop.is_asked())
        });
        assert!(comes);
    }
}
