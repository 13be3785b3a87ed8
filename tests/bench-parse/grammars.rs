//! The grammars alone, one process each.

use std::{collections::BTreeMap, fs::File, io::BufWriter};

use anyhow::Context;
use jiff::Zoned;
use sentinel_tests::{
    bench::{
        cost::Cost,
        progress::Progress,
        report::{Figure, Report, Verdict, count_of, megabytes, ratio},
    },
    lab::Namespace,
};
use tempfile::TempDir;

use crate::{
    contender::Contender,
    log::{self, Crowd},
};

const LINES: u32 = 1_000_000;
/// So many that a neighbour on the same machine does not decide: the median counts.
const ROUNDS: usize = 9;

/// Lines that a CPU second must be enough for.
const RATE: u64 = 2_000_000;
/// What a million lines may occupy: a buffer for reading, and the program itself.
const MEMORY: u64 = 16_000_000;

pub(crate) async fn run(report: &mut Report, progress: &Progress) -> anyhow::Result<()> {
    let folder = TempDir::new()?;
    let path = folder.path().join("mixed.log");
    progress.step(format!("grammars: writing a log of {} lines", count_of(LINES)));
    let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
    log::write(BufWriter::new(file), LINES, Crowd::Everybody, &Zoned::now())?;
    let (network, contenders) = (Namespace::new()?, Contender::installed());
    let mut costs: BTreeMap<Contender, Vec<Cost>> = BTreeMap::new();
    for round in 0..ROUNDS {
        for turn in 0..contenders.len() {
            let Some(contender) = contenders.get((round + turn) % contenders.len()).copied() else {
                continue;
            };
            progress.step(format!("grammars: {contender}, {}/{ROUNDS}", round + 1));
            let cost = Cost::of(&network, &contender.job(&path)?).await?;
            costs.entry(contender).or_default().push(cost);
        }
    }
    let medians = costs.into_iter().map(|(contender, costs)| (contender, Cost::median(&costs))).collect();
    tell(report, &medians);
    Ok(())
}

fn tell(report: &mut Report, medians: &BTreeMap<Contender, Cost>) {
    let Some(ours) = medians.get(&Contender::Sentinel) else { return };
    for (contender, cost) in medians {
        report.figure(Figure {
            part: "grammars",
            case: format!("{} lines", count_of(LINES)),
            who: contender.to_string(),
            time: Some(cost.time),
            cpu: Some(cost.cpu),
            rate: Some(rate(cost)),
            memory: Some(cost.peak_memory),
            ratio: Some(ratio(nanoseconds(cost), nanoseconds(ours))),
            ..Figure::default()
        });
    }
    report.verdict(Verdict {
        what: "lines in a CPU second, all services".to_owned(),
        target: format!("at least {}", count_of(RATE)),
        measured: count_of(rate(ours)),
        met: rate(ours) >= RATE,
    });
    report.verdict(Verdict {
        what: "memory, whatever the length of the log".to_owned(),
        target: format!("at most {}", megabytes(MEMORY)),
        measured: megabytes(ours.peak_memory),
        met: ours.peak_memory <= MEMORY,
    });
}

fn rate(cost: &Cost) -> u64 {
    u64::from(LINES) * 1_000_000_000 / nanoseconds(cost)
}

fn nanoseconds(cost: &Cost) -> u64 {
    u64::try_from(cost.cpu.as_nanos()).unwrap_or(u64::MAX).max(1)
}
