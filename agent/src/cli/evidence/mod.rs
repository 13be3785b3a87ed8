//! `evidence`: malicious logs as proof, without a daemon.

mod command;
mod fetch;

use clap::Subcommand;

pub(super) use command::fetch_command;

use super::{Exit, Options};

/// Fetch malicious logs and see whom they accuse
#[derive(Debug, Subcommand)]
pub(super) enum Evidence {
    Fetch(fetch::Fetch),
}

impl Evidence {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let Self::Fetch(fetch) = self;
        fetch.run(options)
    }
}
