//! `blocks suspend`: the kernel drops nobody any more.

use anyhow::Context;
use clap::Args;

use crate::{
    cli::{Exit, exit},
    kernel::Firewall,
};

/// Stop dropping: take the table out of the kernel while the daemon is down
///
/// Nothing is forgotten: `blocks restore` and the next start of the daemon put the blocks back. A running daemon would do
/// so within a second, so stop it first.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  systemctl stop sentinel-agent && sentinel-agent blocks suspend")]
pub(in crate::cli) struct Suspend {}

impl Suspend {
    pub(in crate::cli) fn run(self) -> anyhow::Result<Exit> {
        let was_there = Firewall::discard().context("taking the table inet sentinel out of the kernel")?;
        exit::say(if was_there { "nothing is dropped any more" } else { "nothing was dropped" });
        Ok(Exit::Ok)
    }
}
