//! `blocks restore`: puts into the kernel what is remembered, without the daemon.

use clap::Args;

use crate::{
    cli::{Exit, Options, exit, runtime},
    config, daemon,
};

/// Put the remembered blocks into the kernel while the daemon is down
///
/// This is what happens at boot before the network comes up (sentinel-agent-restore.service), and what takes
/// `blocks suspend` back. The daemon does it by itself when it starts. A mistake in the configuration is told and passed
/// over: it keeps the daemon from starting, not the blocks from coming back.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  systemctl stop sentinel-agent && sentinel-agent blocks restore")]
pub(in crate::cli) struct Restore {}

impl Restore {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let (settings, warnings) = config::salvage(&options.config_files());
        warnings.iter().for_each(|warning| exit::say(&format!("warning: {warning}")));
        let restored = runtime::block_on(daemon::restore(&settings))??;
        exit::say(&format!("restored {restored} blocks"));
        Ok(Exit::Ok)
    }
}
