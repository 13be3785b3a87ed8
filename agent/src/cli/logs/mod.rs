//! `logs`: what the agent understands of logs.

mod explain;

use clap::Subcommand;

use super::{Exit, Options};

/// See what this agent understands of log lines
#[derive(Debug, Subcommand)]
pub(super) enum Logs {
    Explain(explain::Explain),
}

impl Logs {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let Self::Explain(explain) = self;
        explain.run(options)
    }
}
