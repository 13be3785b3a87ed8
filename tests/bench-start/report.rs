//! What came of it, for people and for programs.

use std::{io::Write, time::Duration};

use comfy_table::{CellAlignment, Table, presets};
use sentinel_tests::bench::report::{Verdict, count_of, duration, megabytes, verdicts_as_table};
use serde::Serialize;

use crate::bed::{NEW, Start};

/// Until an agent knows its peers and this cycle's posts.
const MOST_TIME: Duration = Duration::from_secs(10);
/// Bytes that a start may occupy more beside old posts: what one and the same start differs by from time to time.
const MOST_MEMORY: u64 = 4_000_000;
/// Bytes that it may read more: digits of larger numbers.
const MOST_BYTES: usize = 10_000;

/// The same start beside ever more old posts.
#[derive(Serialize)]
pub(crate) struct Results {
    starts: Vec<Start>,
    verdicts: Vec<Verdict>,
}

impl Results {
    pub(crate) fn of(starts: Vec<Start>) -> Self {
        let verdicts = match &*starts {
            [first, .., last] => verdicts(first, last),
            _ => vec![],
        };
        Self { starts, verdicts }
    }

    pub(crate) fn is_met(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.met)
    }

    pub(crate) fn print(&self, mut to: impl Write) -> anyhow::Result<()> {
        let (starts, verdicts) = (table(&self.starts), verdicts_as_table(&self.verdicts));
        Ok(writeln!(
            to,
            "A start until all {NEW} posts of this cycle are seen\n{starts}\n\nIt must reach\n{verdicts}"
        )?)
    }
}

fn verdicts(without: &Start, beside: &Start) -> Vec<Verdict> {
    let old = count_of(beside.old_posts);
    let more = beside.memory.saturating_sub(without.memory);
    vec![
        Verdict {
            what: format!("peers and this cycle's posts are known, beside {old} old posts"),
            target: format!("within {}", duration(MOST_TIME)),
            measured: duration(beside.time),
            met: beside.time < MOST_TIME,
        },
        Verdict {
            what: "read because of them".to_owned(),
            target: format!("no account, at most {} bytes", count(MOST_BYTES)),
            measured: format!(
                "{} accounts, {} bytes",
                count(beside.accounts.saturating_sub(without.accounts)),
                count(beside.bytes.saturating_sub(without.bytes))
            ),
            met: beside.accounts <= without.accounts && beside.bytes <= without.bytes + MOST_BYTES,
        },
        Verdict {
            what: "memory because of them".to_owned(),
            target: format!("at most {}", megabytes(MOST_MEMORY)),
            measured: megabytes(more),
            met: more <= MOST_MEMORY,
        },
    ]
}

fn table(starts: &[Start]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header([
        "old posts",
        "time",
        "accounts read",
        "bytes read",
        "the agent's peak memory",
    ]);
    for start in starts {
        table.add_row([
            count_of(start.old_posts),
            duration(start.time),
            count(start.accounts),
            count(start.bytes),
            megabytes(start.memory),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn count(number: usize) -> String {
    count_of(u64::try_from(number).unwrap_or(u64::MAX))
}
