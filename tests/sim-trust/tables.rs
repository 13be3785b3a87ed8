//! What came of it, for people.

use std::{collections::BTreeSet, io::Write};

use comfy_table::{CellAlignment, Table, presets};
use sentinel_tests::{
    bench::report::{Verdict, count_of, verdicts_as_table},
    sim::Cost,
};

use super::{Results, Run};

/// Posts that others corroborate within which an honest newcomer has to be believed.
const NEWCOMER_POSTS: usize = 50;
/// Share of honest peers at which an attacker has to be blocked.
const BLOCKED: f64 = 0.95;

pub(crate) fn print(results: &Results, mut to: impl Write) -> anyhow::Result<()> {
    let runs = runs(&results.runs);
    let (farming, costs) = (farming(&results.runs), costs(&results.runs));
    let verdicts = verdicts_as_table(&results.verdicts);
    writeln!(to, "{runs}\n\nWhat it takes newcomers to be believed for attacks of their own\n{farming}\n")?;
    writeln!(to, "What adversaries put at stake (bonds, fees and accounts), in SOL\n{costs}\n")?;
    Ok(writeln!(to, "It must reach\n{verdicts}")?)
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

/// What the runs show in which newcomers attack honest peers themselves.
fn farming(runs: &[Run]) -> Table {
    let mut table = table([
        "",
        "believed",
        "posts until then",
        "addresses, each day of each",
        "days until two are believed",
        "at stake in SOL",
        "locked as rent",
        "innocents blocked",
    ]);
    for Run { scenario, outcome } in runs.iter().filter(|run| !run.outcome.farmers.is_empty()) {
        let farmers = &outcome.farmers;
        let posts: Vec<String> = farmers.iter().map(|farmer| farmer.corroborated.to_string()).collect();
        let mut days: Vec<f64> = farmers.iter().filter_map(|farmer| farmer.days).collect();
        days.sort_by(f64::total_cmp);
        let cost = outcome.costs.get("farmers").copied().unwrap_or_default();
        table.add_row([
            scenario.name.to_owned(),
            format!("{} of {}", days.len(), farmers.len()),
            posts.join(", "),
            outcome.addresses.to_string(),
            days.get(1).map_or_else(|| "never".to_owned(), |days| format!("{days:.1}")),
            format!("{:.3}", cost.at_stake()),
            format!("{:.3}", cost.locked()),
            outcome.innocents.to_string(),
        ]);
    }
    right(table)
}

fn costs(runs: &[Run]) -> Table {
    let kinds: BTreeSet<&str> = runs.iter().flat_map(|run| run.outcome.costs.keys().copied()).collect();
    let ends = ["all", "all, locked as rent"];
    let mut table = table([""].into_iter().chain(kinds.iter().copied()).chain(ends));
    for Run { scenario, outcome } in runs {
        let at_stake = |kind| outcome.costs.get(kind).map_or(0.0, Cost::at_stake);
        let all = outcome.cost();
        let row = kinds.iter().map(at_stake).chain([all.at_stake(), all.locked()]);
        let row = row.map(|sol| if sol > 0.0 { format!("{sol:.3}") } else { String::new() });
        table.add_row([scenario.name.to_owned()].into_iter().chain(row));
    }
    right(table)
}

fn table<'a>(header: impl IntoIterator<Item = &'a str>) -> Table {
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
