//! `posts`: what was published on the ledger, and what became of it here.

mod drafted;
mod list;
mod preview;
mod publish;
mod show;

use clap::Subcommand;

use super::{Exit, Options};
use crate::record::PostState;

/// Publish logs, show what would leave, list and show the posts that this agent has seen
#[derive(Debug, Subcommand)]
pub(super) enum Posts {
    List(list::List),
    Show(show::Show),
    Preview(preview::Preview),
    Publish(publish::Publish),
}

impl Posts {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(options),
            Self::Show(show) => show.run(options),
            Self::Preview(preview) => preview.run(options),
            Self::Publish(publish) => publish.run(options),
        }
    }
}

/// The verdict in one word, and why.
fn verdict(state: &PostState) -> (&'static str, String) {
    match state {
        PostState::Own { .. } => ("own", "this agent published it".to_owned()),
        PostState::Applied { belief, .. } => ("applied", belief.to_string()),
        PostState::Watched { doubt } => ("watched", doubt.to_string()),
        PostState::Rejected { doubt } => ("rejected", doubt.to_string()),
        PostState::Failed { error, .. } => ("failed", error.clone()),
    }
}
