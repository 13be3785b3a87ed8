//! What came of it, for people.

use std::io::Write;

use comfy_table::{CellAlignment, Table, presets};
use sentinel_tests::bench::report::{Verdict, count_of, verdicts_as_table};

use super::{Results, Run};

/// Posts that others corroborate within which an honest newcomer has to be believed.
const NEWCOMER_POSTS: usize = 50;
/// Share of honest peers at which an attacker has to be blocked.
const BLOCKED: f64 = 0.95;

pub(crate) fn print(results: &Results, mut to: impl Write) -> anyhow::Result<()> {
    let runs = runs(&results.runs);
    let costs = costs(&results.runs);
    let verdicts = verdicts_as_table(&results.verdicts);
    Ok(writeln!(to, "{runs}\n\nWhat adversaries paid, in SOL\n{costs}\n\nIt must reach\n{verdicts}")?)
}

/// Whether the defaults hold, and the rules are the program's.
pub(crate) fn verdicts(runs: &[Run], compared: usize) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    if let Some(Run { outcome, .. }) = runs.iter().find(|run| run.scenario.name == "defaults") {
        verdicts.push(Verdict {
            what: "innocents blocked at any honest peer, 30 % hostile, two waves of 10x sybils".to_owned(),
            target: "none".to_owned(),
            measured: outcome.innocents.to_string(),
            met: outcome.innocents == 0,
        });
        verdicts.push(Verdict {
            what: "attackers that two honest peers saw, blocked at honest peers within an hour".to_owned(),
            target: format!("at least {}", percent(BLOCKED)),
            measured: percent(outcome.blocked),
            met: outcome.blocked >= BLOCKED,
        });
        let (slowest, all) = (outcome.slowest_newcomer(), outcome.newcomers.len());
        verdicts.push(Verdict {
            what: "posts that others corroborate, of the slowest honest newcomer, until it is believed or the end".to_owned(),
            target: format!("at most {NEWCOMER_POSTS}"),
            measured: format!("{slowest}; {} of {all} are believed", outcome.believed_newcomers()),
            met: slowest <= NEWCOMER_POSTS && outcome.believed_newcomers() > 0,
        });
    }
    verdicts.push(Verdict {
        what: "karma by the rules, compared with the real program in a small network".to_owned(),
        target: "always the same".to_owned(),
        measured: format!("{} times", count_of(u64::try_from(compared).unwrap_or(u64::MAX))),
        met: compared > 0,
    });
    verdicts
}

fn runs(runs: &[Run]) -> Table {
    let mut table = table([
        "",
        "innocents blocked",
        "at honest peers",
        "attackers seen by 2",
        "blocked within 1 h",
        "seen by 1 only",
        "newcomers believed",
        "after posts",
        "hostile believed",
        "posts",
        "likes, disputes",
    ]);
    for Run { scenario, outcome } in runs {
        let believed = outcome.believed_newcomers();
        let mut posts: Vec<usize> = outcome.newcomers.iter().map(|newcomer| newcomer.corroborated).collect();
        posts.sort_unstable();
        let median = posts.get(posts.len() / 2).copied().unwrap_or_default();
        table.add_row([
            scenario.name.to_owned(),
            outcome.innocents.to_string(),
            format!("{} of {}", outcome.peers_with_innocents, outcome.honest),
            outcome.attackers.to_string(),
            percent(outcome.blocked),
            outcome.seen_once.to_string(),
            format!("{believed} of {}", outcome.newcomers.len()),
            format!("{median}, at most {}", posts.last().copied().unwrap_or_default()),
            outcome.believed_hostile.to_string(),
            outcome.posts.to_string(),
            outcome.verdicts.to_string(),
        ]);
    }
    right(table)
}

fn costs(runs: &[Run]) -> Table {
    let mut table = table(["", "who", "bonds, fees and accounts", "locked as rent", "innocents blocked"]);
    for Run { scenario, outcome } in runs {
        for (who, cost) in &outcome.costs {
            table.add_row([
                scenario.name.to_owned(),
                (*who).to_owned(),
                format!("{:.3}", cost.at_stake()),
                format!("{:.3}", cost.locked()),
                String::new(),
            ]);
        }
        let all = outcome.cost();
        table.add_row([
            scenario.name.to_owned(),
            "all".to_owned(),
            format!("{:.3}", all.at_stake()),
            format!("{:.3}", all.locked()),
            outcome.innocents.to_string(),
        ]);
    }
    right(table)
}

fn table<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header);
    table
}

fn right(mut table: Table) -> Table {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
