//! Many addresses at once.

use std::{collections::BTreeMap, time::Duration};

use sentinel_tests::lab::Namespace;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::{
    contender::Contender,
    cost::Cost,
    progress::Progress,
    report::{Figure, Report, Verdict, count_of, ratio, times},
};

/// How many addresses, and how often.
const CASES: [(u32, usize); 3] = [(10_000, 7), (100_000, 5), (1_000_000, 3)];

/// Of `nft`'s time, for the last case.
const TIME: f64 = 0.3;
/// Of `nft`'s memory, for the last case.
const MEMORY: f64 = 0.1;

pub(crate) async fn run(report: &mut Report, progress: &Progress) -> anyhow::Result<()> {
    let folder = TempDir::new()?;
    for (count, rounds) in CASES {
        let mut costs: BTreeMap<Contender, Vec<Cost>> = BTreeMap::new();
        for round in 0..rounds {
            for contender in Contender::in_turn(round) {
                progress.step(format!("bulk: {} by {contender}, {}/{rounds}", count_of(count), round + 1));
                let job = contender.load(count, folder.path())?;
                let namespace = Namespace::new()?;
                costs.entry(contender).or_default().push(Cost::of(&namespace, &job).await?);
                drop(namespace);
                sleep(settling(count)).await;
            }
        }
        let medians = costs.into_iter().map(|(contender, costs)| (contender, Cost::median(&costs))).collect();
        tell(report, count, &medians);
    }
    Ok(())
}

/// The kernel frees what a namespace held after it is gone; nobody should be measured meanwhile.
fn settling(count: u32) -> Duration {
    Duration::from_millis(100) + Duration::from_micros(2) * count
}

fn tell(report: &mut Report, count: u32, medians: &BTreeMap<Contender, Cost>) {
    let ours = medians.get(&Contender::Sentinel);
    for (contender, cost) in medians {
        report.figure(Figure {
            part: "bulk",
            case: format!("{} addresses", count_of(count)),
            who: contender.to_string(),
            time: Some(cost.time),
            cpu: Some(cost.cpu),
            memory: Some(cost.peak_memory),
            ratio: ours.map(|ours| cost.time.div_duration_f64(ours.time)),
            ..Figure::default()
        });
    }
    let (Some(ours), Some(nft)) = (ours, medians.get(&Contender::Nft)) else { return };
    if count == 1_000_000 {
        let time = ours.time.div_duration_f64(nft.time);
        let memory = ratio(ours.peak_memory, nft.peak_memory);
        for (what, measured, most) in
            [("time of 1M /32 with timeouts", time, TIME), ("memory for them", memory, MEMORY)]
        {
            report.verdict(Verdict {
                what: format!("{what}, of `nft -f`"),
                target: format!("at most {}", times(most)),
                measured: times(measured),
                met: measured <= most,
            });
        }
    }
}
