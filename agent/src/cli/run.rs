//! `run`: the daemon itself.

use anyhow::Context;
use clap::Args;

use super::{Exit, Options, logging};
use crate::daemon;

/// Run the daemon in the foreground, as systemd starts it
///
/// It stops on SIGTERM or SIGINT; the kernel goes on dropping what is blocked.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Decide and show everything, block nothing
    #[arg(long)]
    observe: bool,
}

impl Run {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let mut settings = options.settings()?;
        settings.block.observe |= self.observe;
        let warnings = daemon::Warnings::default();
        let _log = logging::start(options.log_format, &warnings)?;
        daemon::discover(&mut settings, &options.dropins());
        let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
        runtime.block_on(daemon::run(settings, warnings))?;
        Ok(Exit::Ok)
    }
}
