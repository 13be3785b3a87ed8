//! What came of it, at a glance.

use std::iter;

use sentinel_tests::{
    plot::{self, Panel, Series},
    sim::{Cost, Day, Newcomer},
};

use super::Run;

/// One for each run, the last one for the defaults.
const COLOURS: [&str; 5] = ["#d1495b", "#edae49", "#8d6a9f", "#3a6ea5", HONEST];
const HONEST: &str = "#00798c";
/// Karma from which a peer is believed.
const BELIEVED: f64 = 50.0;

pub(crate) fn svg(runs: &[Run]) -> String {
    plot::svg(&[innocents(runs), attackers(runs), newcomers(runs), farmers(runs)])
}

fn innocents(runs: &[Run]) -> Panel {
    panel("Blocks of innocents at honest peers, by day", "day", runs, |day| count(day.innocents), None)
}

fn attackers(runs: &[Run]) -> Panel {
    let missed = |day: &Day| (1.0 - day.blocked) * 100.0;
    let panel =
        panel("Attackers seen by two, not blocked an hour later, in %", "day", runs, missed, Some(5.0));
    Panel { most: (panel.most.0, 10.0), ..panel }
}

/// Each newcomer's karma over its posts, with the defaults.
fn newcomers(runs: &[Run]) -> Panel {
    let defaults = runs.iter().find(|run| run.scenario.name == "defaults");
    let newcomers = defaults.into_iter().flat_map(|run| &run.outcome.newcomers);
    let series = newcomers.map(|newcomer| way(newcomer, String::new(), HONEST));
    Panel {
        title: "Karma of honest newcomers".to_owned(),
        x: "posts that others corroborate, until they are believed".to_owned(),
        most: (50.0, 60.0),
        target: Some(BELIEVED),
        limit: None,
        series: series.collect(),
    }
}

/// The same of newcomers that attack honest peers themselves, and what that takes and brings.
fn farmers(runs: &[Run]) -> Panel {
    let runs = runs.iter().zip(COLOURS).filter(|(run, _)| !run.outcome.farmers.is_empty());
    let series = runs.flat_map(|(Run { outcome, .. }, colour)| {
        let (addresses, innocents) = (outcome.addresses, outcome.innocents);
        let paid = outcome.costs.get("farmers").map_or(0.0, Cost::at_stake);
        let name =
            format!("{paid:.2} SOL, {addresses} addresses (each day of each): {innocents} innocents blocked");
        let names = iter::once(name).chain(iter::repeat(String::new()));
        outcome.farmers.iter().zip(names).map(move |(farmer, name)| way(farmer, name, colour))
    });
    Panel {
        title: "Karma of newcomers who attack to be believed".to_owned(),
        x: "posts, each about another address of their own".to_owned(),
        most: (20.0, 60.0),
        target: Some(BELIEVED),
        limit: None,
        series: series.collect(),
    }
}

/// Somebody's karma over its posts, until it is believed.
fn way(newcomer: &Newcomer, name: String, colour: &'static str) -> Series {
    let karma = newcomer.karma.iter().copied().map(whole);
    let karma = karma.chain(newcomer.days.map(|_| BELIEVED));
    Series { name, colour, points: (0..).map(f64::from).zip(karma).collect() }
}

fn panel(title: &str, x: &str, runs: &[Run], value: impl Fn(&Day) -> f64, target: Option<f64>) -> Panel {
    let series: Vec<Series> = runs
        .iter()
        .zip(COLOURS)
        .map(|(run, colour)| Series {
            name: run.scenario.name.to_owned(),
            colour,
            points: (1..).zip(&run.outcome.days).map(|(day, it)| (f64::from(day), value(it))).collect(),
        })
        .collect();
    let all = || series.iter().flat_map(|series| &series.points);
    let most =
        (all().map(|point| point.0).fold(1.0, f64::max), all().map(|point| point.1).fold(1.0, f64::max));
    Panel { title: title.to_owned(), x: x.to_owned(), most, target, limit: None, series }
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

fn whole(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
