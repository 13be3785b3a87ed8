//! `blocks`: what is dropped.

mod add;
mod check;
mod explain;
mod list;
mod remove;

use clap::Subcommand;

use super::{Exit, Options};

/// List, add, remove and explain blocks
#[derive(Debug, Subcommand)]
pub(super) enum Blocks {
    List(list::List),
    Add(add::Add),
    Remove(remove::Remove),
    Check(check::Check),
    Explain(explain::Explain),
}

impl Blocks {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(options),
            Self::Add(add) => add.run(options),
            Self::Remove(remove) => remove.run(options),
            Self::Check(check) => check.run(options),
            Self::Explain(explain) => explain.run(options),
        }
    }
}
