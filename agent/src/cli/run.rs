//! `run`: the daemon itself.

use clap::Args;

use super::{Exit, Options, logging};
use crate::{
    config::{Configuration, Settings},
    daemon,
};

/// Run the daemon in the foreground, as systemd starts it
///
/// It stops on SIGTERM or SIGINT; the kernel goes on dropping what is blocked. On SIGHUP it takes changes of the
/// configuration; one that makes no sense changes nothing.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Decide and show everything, block nothing
    #[arg(long)]
    observe: bool,
}

impl Run {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let configure = || -> anyhow::Result<Settings> {
            let Configuration { mut settings, warnings, .. } = options.configuration()?;
            warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
            settings.block.observe |= self.observe;
            daemon::discover(&mut settings);
            Ok(settings)
        };
        // A mistake in the configuration is said as every command says it, before there is a log.
        options.settings()?;
        let warnings = daemon::Warnings::default();
        let _log = logging::start(options.log_format, &warnings)?;
        daemon::run(configure()?, configure, warnings)?;
        Ok(Exit::Ok)
    }
}
