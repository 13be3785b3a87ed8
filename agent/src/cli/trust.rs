//! `trust`: what decides whether other peers' posts block somebody.

use clap::{Args, Subcommand};

use super::{
    Exit, Options, exit,
    options::unexpected,
    output::{Style, Table},
};
use crate::{
    control::{Answer, Request, WhatIf},
    domain::{Karma, PeerKey},
    trust::{Difference, Quorum, Span},
};

/// Try another trust policy on the past
#[derive(Debug, Subcommand)]
pub(super) enum Trust {
    Replay(Replay),
}

/// Show what another policy would have blocked on other peers' words, and when, next to what happened
///
/// Goes through all that is remembered, some 30 days. What is not given stays as it is now. The guard is not asked, and
/// what this agent blocks itself is not shown. Nothing is changed.
///
/// Fields in a pipe: network, blocked as it happened (spans, or never), as it would have been.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sentinel-agent trust replay --min-reporters 3
  sentinel-agent trust replay --min-karma 100 --ban 7mVk…")]
pub(super) struct Replay {
    /// Karma from which a reporter is believed
    #[arg(long, value_name = "N")]
    min_karma: Option<u64>,
    /// Words that block somebody: auto, or a number
    #[arg(long, value_name = "N")]
    min_reporters: Option<Quorum>,
    /// A peer that is always believed
    #[arg(long, value_name = "KEY")]
    pin: Vec<PeerKey>,
    /// A peer that is never believed
    #[arg(long, value_name = "KEY")]
    ban: Vec<PeerKey>,
}

impl Trust {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let Self::Replay(Replay { min_karma, min_reporters, pin, ban }) = self;
        let what_if = WhatIf { min_karma: min_karma.map(Karma), min_reporters, pin, ban };
        let Answer::Replayed(replay) = options.ask(&Request::Replay(what_if))? else {
            return Err(unexpected());
        };
        options.output().show(&replay, |style| table(&replay.differences, style))?;
        let since = replay.since.map_or_else(|| "never".to_owned(), |since| format!("{since:.0}"));
        exit::say(&format!(
            "{} posts since {since}; networks blocked: {}, and {} with that policy; {} make a difference",
            replay.posts,
            replay.was_blocked,
            replay.would_block,
            replay.differences.len()
        ));
        Ok(Exit::Ok)
    }
}

fn table(differences: &[Difference], style: &Style) -> Table {
    let mut table = Table::new(["network", "was blocked", "would have been"]);
    for Difference { network, was, would } in differences {
        table.row([network.to_string(), spans(was, style), spans(would, style)]);
    }
    table
}

fn spans(spans: &[Span], style: &Style) -> String {
    if spans.is_empty() {
        return "never".to_owned();
    }
    let said = |span: &Span| format!("{} - {}", style.time(span.since), style.time(span.until));
    spans.iter().map(said).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::{Format, Render, tests::style};

    #[test]
    fn what_was_and_what_would_have_been_stand_beside_each_other() {
        let style = style(Format::Plain);
        let since = "2026-11-23T03:57:00Z".parse().unwrap();
        let would = vec![Span { since, until: style.now }];
        let differences = [Difference { network: "203.0.113.7/32".parse().unwrap(), was: vec![], would }];
        assert_eq!(
            table(&differences, &style).render(&style),
            "203.0.113.7/32\tnever\t2026-11-23T03:57:00Z - 2026-11-23T04:00:00Z\n"
        );
    }
}
