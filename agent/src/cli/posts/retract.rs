//! `posts retract`: this agent's post counts no longer, anywhere.

use clap::Args;

use crate::{
    cli::{Exit, Options, exit, options::unexpected, output::Table},
    control::{Answer, Request, RetractionState, RetractionView},
    domain::PostId,
};

/// Take a post of this agent's own back: every other agent unblocks what only it accused
///
/// What this agent blocks by what it saw itself stays blocked: `blocks remove` lets that go. A log that was taken back
/// cannot be published again.
#[derive(Debug, Args)]
pub(in crate::cli) struct Retract {
    /// The post's address, as `posts list` shows it
    post: PostId,
}

impl Retract {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let Answer::Retracted(view) = options.ask(&Request::Retract { id: self.post })? else {
            return Err(unexpected());
        };
        if view.state == RetractionState::Queued {
            exit::say("the ledger has not confirmed it yet; it is sent until it does");
        }
        options.output().show(&view, |_| table(&view))?;
        Ok(Exit::Ok)
    }
}

fn table(view: &RetractionView) -> Table {
    let mut table = Table::pairs();
    table.pair("post", view.post);
    table.pair(
        "state",
        match view.state {
            RetractionState::Confirmed => "taken back",
            RetractionState::Queued => "queued for the ledger",
            RetractionState::Before => "had been taken back before",
        },
    );
    table
}
