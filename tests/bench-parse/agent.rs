//! The running agent, which follows a file into which many lines are written.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    time::Duration,
};

use anyhow::Context;
use jiff::Zoned;
use sentinel_tests::{
    bench::{
        cost::median,
        progress::Progress,
        report::{Figure, Report, Verdict, count_of, duration},
    },
    lab::{Agent, Lab, Settings, Site, firewall::Monitor},
};
use tokio::time::sleep;

use crate::log::{self, Crowd};

const LINES: u32 = 200_000;
const ROUNDS: usize = 3;

/// The CPU time for all of them.
const BUDGET: Duration = Duration::from_millis(200);

/// Who attacks when everything before has been digested.
const LAST: &str = "203.0.113.99";

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn run(report: &mut Report, progress: &Progress) -> anyhow::Result<()> {
    let mut rounds = Vec::new();
    for round in 1..=ROUNDS {
        progress.step(format!("agent: {} lines of a followed file, {round}/{ROUNDS}", count_of(LINES)));
        rounds.push(digest().await?);
    }
    let cpu = median(rounds.iter().map(|round| round.0));
    report.figure(Figure {
        part: "agent",
        case: format!("{} new lines of a followed file", count_of(LINES)),
        who: "sentinel, everything on".to_owned(),
        cpu: Some(cpu),
        rate: Some((u128::from(LINES) * 1_000_000_000 / cpu.as_nanos().max(1)).try_into()?),
        memory: Some(median(rounds.iter().map(|round| round.1))),
        ..Figure::default()
    });
    report.verdict(Verdict {
        what: format!("CPU time for {} lines", count_of(LINES)),
        target: format!("at most {}", duration(BUDGET)),
        measured: duration(cpu),
        met: cpu <= BUDGET,
    });
    Ok(())
}

/// The CPU time from the first line until the last attacker is blocked and written down, and the memory then.
async fn digest() -> anyhow::Result<(Duration, u64)> {
    let lab = Lab::build()?;
    let host = lab.connect(&Site::A)?;
    let path = host.directory().join("mixed.log");
    fs::write(&path, "").with_context(|| format!("making {}", path.display()))?;
    let agent = Agent::launch(&host, Settings { log_file: Some(&path), ..Settings::default() }).await?;
    let monitor = Monitor::start(&host.namespace).await?;
    // What the start left to do is not to be counted.
    sleep(Duration::from_secs(1)).await;
    let before = agent.running()?.cpu_time()?;
    append(&path)?;
    monitor.added("blocked4", LAST.parse()?, PATIENCE).await?;
    sleep(Duration::from_secs(1)).await;
    let running = agent.running()?;
    Ok((running.cpu_time()?.saturating_sub(before), running.resident_memory()?))
}

fn append(path: &Path) -> anyhow::Result<()> {
    let now = Zoned::now();
    let log =
        File::options().append(true).open(path).with_context(|| format!("opening {}", path.display()))?;
    let mut log = BufWriter::with_capacity(1024 * 1024, log);
    log::write(&mut log, LINES, Crowd::SomeAttackers, &now)?;
    for _ in 0..10 {
        let time = now.strftime("%Y-%m-%dT%H:%M:%S%:z");
        writeln!(log, "{time} gate sshd[812]: Failed password for root from {LAST} port 4711 ssh2")?;
    }
    Ok(log.flush()?)
}
