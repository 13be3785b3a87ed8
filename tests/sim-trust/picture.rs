//! What came of it, at a glance.

use sentinel_tests::{
    plot::{self, Panel, Series},
    sim::Day,
};

use super::Run;

const COLOURS: [&str; 4] = ["#d1495b", "#edae49", "#8d6a9f", "#00798c"];
/// Karma from which a peer is believed.
const BELIEVED: f64 = 50.0;

pub(crate) fn svg(runs: &[Run]) -> String {
    plot::svg(&[innocents(runs), attackers(runs), newcomers(runs), costs(runs)])
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
    let series = newcomers.map(|newcomer| Series {
        name: String::new(),
        colour: "#00798c",
        points: (1..).zip(&newcomer.karma).map(|(post, karma)| (f64::from(post), whole(*karma))).collect(),
    });
    Panel {
        title: "Karma of honest newcomers".to_owned(),
        x: "posts that others corroborate, until they are believed".to_owned(),
        most: (50.0, 60.0),
        target: Some(BELIEVED),
        limit: None,
        series: series.collect(),
    }
}

/// What adversaries paid in each run, and what they got for it.
fn costs(runs: &[Run]) -> Panel {
    let series: Vec<Series> = runs
        .iter()
        .zip(COLOURS)
        .map(|(run, colour)| {
            let (paid, innocents) = (run.outcome.cost().at_stake(), count(run.outcome.innocents));
            let points = vec![(0.0, 0.0), (paid, innocents)];
            Series { name: format!("{}: {paid:.1} SOL", run.scenario.name), colour, points }
        })
        .collect();
    let all = || series.iter().flat_map(|series| &series.points);
    let most =
        (all().map(|point| point.0).fold(1.0, f64::max), all().map(|point| point.1).fold(1.0, f64::max));
    Panel {
        title: "Innocents blocked anywhere, for what adversaries put at stake".to_owned(),
        x: "SOL".to_owned(),
        most,
        target: None,
        limit: None,
        series,
    }
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
