//! `peers`: who takes part in the network, how reliably, and what the operator thinks of them.

mod list;
mod regard;
mod show;

use clap::Subcommand;

use super::{Exit, Options};

/// Show the peers on the ledger and what this agent remembers of them; pin and ban them
#[derive(Debug, Subcommand)]
pub(super) enum Peers {
    List(list::List),
    Show(show::Show),
    Pin(regard::Pin),
    Unpin(regard::Unpin),
    Ban(regard::Ban),
    Unban(regard::Unban),
}

impl Peers {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(options),
            Self::Show(show) => show.run(options),
            Self::Pin(pin) => pin.run(options),
            Self::Unpin(unpin) => unpin.run(options),
            Self::Ban(ban) => ban.run(options),
            Self::Unban(unban) => unban.run(options),
        }
    }
}
