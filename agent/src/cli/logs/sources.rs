//! `logs sources`: which logs are read, and how each is doing.

use clap::Args;
use serde::Serialize;

use crate::{
    cli::{
        Exit, Options,
        options::unexpected,
        output::{Style, Table, amount},
    },
    control::{Answer, Request},
    domain::{Silence, SourceReport},
};

/// List the logs that are read: how much each says, when it last did, and what is wrong with it
///
/// A source that used to speak, and has been silent for much longer than ever in the last two days, is warned of.
///
/// Fields in a pipe: name, kind (file, journal, syslog or nflog), lines, lines a minute, last line, hostile events,
/// last event, note (what is wrong, empty when nothing is).
#[derive(Debug, Args)]
pub(in crate::cli) struct Sources {}

#[derive(Debug, Serialize)]
struct Listing {
    sources: Vec<SourceReport>,
}

impl Sources {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let Answer::Status(status) = options.ask(&Request::Status)? else { return Err(unexpected()) };
        let listing = Listing { sources: status.sources };
        options.output().show(&listing, |style| table(&listing.sources, style))?;
        Ok(Exit::Ok)
    }
}

fn table(sources: &[SourceReport], style: &Style) -> Table {
    let mut table =
        Table::new(["source", "kind", "lines", "a minute", "last line", "events", "last event", "note"]);
    for source in sources {
        table.row([
            source.name.clone(),
            source.kind.to_string(),
            source.lines.to_string(),
            source.lines_per_minute.to_string(),
            style.time_or_dash(source.last_line),
            source.events.to_string(),
            style.time_or_dash(source.last_event),
            note(source),
        ]);
    }
    table
}

/// What the operator should know besides the figures.
fn note(source: &SourceReport) -> String {
    let silence = source.silence.map(|Silence { seconds, usual_seconds }| {
        format!("silent for {}, longest pause before {}", amount(seconds), amount(usual_seconds))
    });
    let skipped = (source.skipped > 0).then(|| format!("{} lines skipped", source.skipped));
    source.trouble.clone().into_iter().chain(silence).chain(skipped).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::output::{Format, Render, tests::style},
        domain::SourceKind,
    };

    #[test]
    fn a_source_that_fell_silent_is_warned_of_beside_its_figures() {
        let style = style(Format::Plain);
        let source = SourceReport {
            name: "/var/log/auth.log".to_owned(),
            kind: SourceKind::File,
            lines: 120,
            skipped: 2,
            lines_per_minute: 0,
            last_line: Some(style.now),
            events: 3,
            last_event: None,
            lag: None,
            silence: Some(Silence { seconds: 7300, usual_seconds: 90 }),
            trouble: None,
        };
        assert_eq!(
            table(&[source], &style).render(&style),
            "/var/log/auth.log\tfile\t120\t0\t2026-11-23T04:00:00Z\t3\t-\t\
             silent for 2 h, longest pause before 2 min; 2 lines skipped\n"
        );
    }
}
