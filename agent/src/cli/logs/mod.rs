//! `logs`: what the agent understands of logs.

mod explain;
mod replay;

use clap::Subcommand;

use super::{Exit, Options};

/// See what this agent understands of log lines
#[derive(Debug, Subcommand)]
pub(super) enum Logs {
    Explain(explain::Explain),
    Replay(replay::Replay),
}

impl Logs {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match self {
            Self::Explain(explain) => explain.run(options),
            Self::Replay(replay) => replay.run(options),
        }
    }
}
