//! `posts`: what was published on the ledger, and what became of it here.

mod drafted;
mod list;
mod preview;
mod publish;
mod retract;
mod show;

use clap::Subcommand;

use super::{Exit, Options};
use crate::{
    control::Standing,
    record::{PostRecord, PostState},
};

/// Publish logs and take them back, show what would leave, list and show the posts that this agent has seen
#[derive(Debug, Subcommand)]
pub(super) enum Posts {
    List(list::List),
    Show(show::Show),
    Preview(preview::Preview),
    Publish(publish::Publish),
    Retract(retract::Retract),
}

impl Posts {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(options),
            Self::Show(show) => show.run(options),
            Self::Preview(preview) => preview.run(options),
            Self::Publish(publish) => publish.run(options),
            Self::Retract(retract) => retract.run(options),
        }
    }
}

/// What the words of a post come to, together with all others.
fn standing(now: Standing) -> String {
    match now {
        Standing { blocked: 0, waiting: 0 } => "blocks nobody".to_owned(),
        Standing { blocked, waiting: 0 } => format!("blocked now: {blocked}"),
        Standing { blocked, waiting } => {
            format!("blocked now: {blocked}, waiting for more words: {waiting}")
        }
    }
}

/// The verdict in one word, and why.
fn verdict(PostRecord { post, state, .. }: &PostRecord) -> (&'static str, String) {
    match state {
        PostState::Own { .. } if post.retracted => {
            ("own", "this agent published it and took it back".to_owned())
        }
        PostState::Own { .. } => ("own", "this agent published it".to_owned()),
        PostState::Retired { at, .. } => ("retired", format!("this agent ended it at {at}, for its rent")),
        PostState::Applied { belief, blocked, waiting, .. } if blocked.is_empty() && !waiting.is_empty() => {
            ("waiting", belief.to_string())
        }
        PostState::Applied { belief, .. } => ("applied", belief.to_string()),
        PostState::Heard { doubt } => ("heard", doubt.to_string()),
        PostState::Watched { doubt } => ("watched", doubt.to_string()),
        PostState::Rejected { doubt } => ("rejected", doubt.to_string()),
        PostState::Failed { error, .. } => ("failed", error.clone()),
    }
}
