//! `blocks restore`: puts into the kernel what is remembered, without the daemon.

use clap::Args;

use crate::{
    cli::{Exit, Options, exit, runtime},
    daemon,
};

/// Put the remembered blocks into the kernel while the daemon is down
///
/// This is what happens at boot before the network comes up (sentinel-agent-restore.service), and what takes
/// `blocks suspend` back. The daemon does it by itself when it starts.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  systemctl stop sentinel-agent && sentinel-agent blocks restore")]
pub(in crate::cli) struct Restore {}

impl Restore {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let settings = options.settings()?;
        let restored = runtime::block_on(daemon::restore(&settings))??;
        exit::say(&format!("restored {restored} blocks"));
        Ok(Exit::Ok)
    }
}
