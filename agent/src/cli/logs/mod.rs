//! `logs`: what the agent understands of logs.

mod explain;
mod replay;
mod sources;

use clap::Subcommand;

use super::{Exit, Options};

/// See which logs this agent reads, and what it understands of them
#[derive(Debug, Subcommand)]
pub(super) enum Logs {
    Explain(explain::Explain),
    Replay(replay::Replay),
    Sources(sources::Sources),
}

impl Logs {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match self {
            Self::Explain(explain) => explain.run(options),
            Self::Replay(replay) => replay.run(options),
            Self::Sources(sources) => sources.run(options),
        }
    }
}
