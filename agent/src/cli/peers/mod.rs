//! `peers`: who takes part in the network, and how reliably.

mod list;
mod show;

use clap::Subcommand;

use super::{Exit, Options};

/// Show the peers on the ledger, and what this agent remembers of them
#[derive(Debug, Subcommand)]
pub(super) enum Peers {
    List(list::List),
    Show(show::Show),
}

impl Peers {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(options),
            Self::Show(show) => show.run(options),
        }
    }
}
