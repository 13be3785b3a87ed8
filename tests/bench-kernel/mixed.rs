//! Overlapping networks of all sizes.

use std::time::{Duration, Instant};

use sentinel_agent::kernel::Change;
use sentinel_tests::lab::Namespace;

use crate::{
    cost::median,
    elements::{all_enforced, element, mixed, newcomers},
    ours,
    progress::Progress,
    report::{Figure, Report, Verdict, duration},
};

const COUNT: usize = 20_000;
const ROUNDS: usize = 5;
const BANS: usize = 200;

/// What one ban among them may take.
const BAN: Duration = Duration::from_millis(1);

pub(crate) async fn run(report: &mut Report, progress: &Progress) -> anyhow::Result<()> {
    let (mut loads, mut bans) = (Vec::new(), Vec::new());
    let mut enforced = Ok(());
    for round in 1..=ROUNDS {
        progress.step(format!("mixed: {COUNT} networks, {round}/{ROUNDS}"));
        let measured = Namespace::new()?.run_blocking(measure).await??;
        loads.push(measured.load);
        bans.extend(measured.bans);
        enforced = enforced.and(measured.enforced);
    }
    let ban = median(bans);
    for (case, time) in [("20,000 networks at once", median(loads)), ("one address among them", ban)] {
        report.figure(Figure {
            part: "mixed",
            case: case.to_owned(),
            who: "sentinel".to_owned(),
            time: Some(time),
            ..Figure::default()
        });
    }
    report.verdict(Verdict {
        what: "20,000 mixed networks with overlaps".to_owned(),
        target: "all enforced, each for as long as asked".to_owned(),
        measured: enforced.as_ref().map_or_else(ToString::to_string, |()| "all".to_owned()),
        met: enforced.is_ok(),
    });
    report.verdict(Verdict {
        what: "one ban among them".to_owned(),
        target: format!("under {}", duration(BAN)),
        measured: duration(ban),
        met: ban < BAN,
    });
    Ok(())
}

struct Measured {
    load: Duration,
    bans: Vec<Duration>,
    enforced: anyhow::Result<()>,
}

/// In the network of the calling thread.
fn measure() -> anyhow::Result<Measured> {
    let networks = mixed(COUNT)?;
    let mut firewall = ours::open()?;
    let start = Instant::now();
    firewall.replace(&networks, &[])?;
    let load = start.elapsed();
    let bans = newcomers().take(BANS).map(|address| {
        let start = Instant::now();
        firewall.apply(&[Change::Add(element(address))])?;
        Ok(start.elapsed())
    });
    let bans = bans.collect::<anyhow::Result<_>>()?;
    Ok(Measured { load, bans, enforced: all_enforced(&networks, start.elapsed() + Duration::from_secs(1)) })
}
