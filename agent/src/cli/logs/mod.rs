//! `logs`: what the agent understands of logs.

mod explain;
mod sources;

use clap::Subcommand;

use super::{Exit, Options};

/// See which logs this agent reads, and what it understands of them
#[derive(Debug, Subcommand)]
pub(super) enum Logs {
    Explain(explain::Explain),
    Sources(sources::Sources),
}

impl Logs {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match self {
            Self::Explain(explain) => explain.run(options),
            Self::Sources(sources) => sources.run(options),
        }
    }
}
