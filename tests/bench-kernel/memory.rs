//! What the agent's memory is with many blocks, and how long it takes to enforce them after a restart.

use std::{
    fs,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use anyhow::Context;
use sentinel_tests::lab::{Agent, Lab, Namespace, Settings, Site, firewall};
use tempfile::TempDir;

use crate::{
    contender::Contender,
    cost::Cost,
    elements::addresses,
    probe::until_sampled,
    progress::Progress,
    report::{Figure, Report, Verdict, count_of, duration, megabytes},
};

/// How many blocks, and how many bytes the agent may occupy with them.
const CASES: [(u32, Option<u64>); 3] =
    [(0, None), (100_000, Some(40_000_000)), (1_000_000, Some(250_000_000))];

const MILLION: u32 = 1_000_000;

/// When a restart is given up.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn run(report: &mut Report, progress: &Progress) -> anyhow::Result<()> {
    for (count, most) in CASES {
        let lab = Lab::build()?;
        let host = lab.connect(&Site::A)?;
        let mut agent = Agent::launch(&host, Settings::default()).await?;
        let imported = import(&agent, count, progress).await?;
        let memory = agent.running()?.resident_memory()?;
        tell_memory(report, count, imported, memory, most);
        if count == MILLION {
            progress.step("memory: a restart with 1,000,000 blocks");
            let restart = restart(&mut agent).await?;
            drop((agent, host, lab));
            tell_restart(report, restart, nft(progress).await?);
        }
    }
    Ok(())
}

/// Blocks `count` addresses by the agent's own command; gives how long that took.
async fn import(agent: &Agent, count: u32, progress: &Progress) -> anyhow::Result<Duration> {
    if count == 0 {
        return Ok(Duration::ZERO);
    }
    progress.step(format!("memory: importing {} blocks", count_of(count)));
    let file = agent.host().directory().join("import.txt");
    let lines: String = addresses(count).map(|address| format!("{address}\n")).collect();
    fs::write(&file, lines).with_context(|| format!("writing {}", file.display()))?;
    let start = Instant::now();
    agent.command(&["blocks", "import", &file.display().to_string()]).await?;
    Ok(start.elapsed())
}

/// Restarts the agent on an empty kernel; gives how long it takes from its start until all are in force.
async fn restart(agent: &mut Agent) -> anyhow::Result<Duration> {
    agent.stop().await?;
    firewall::delete_table(agent.host()).await?;
    let start = Instant::now();
    let daemon = agent.start_daemon().await?;
    let last = addresses(MILLION).last();
    let sample: Vec<Ipv4Addr> = addresses(MILLION).step_by(20_000).chain(last).collect();
    let in_force = agent.host().namespace.run_blocking(move || until_sampled(&sample, PATIENCE)).await?;
    let time = start.elapsed();
    in_force.with_context(|| format!("restarting it; it said:\n{}", daemon.transcript().tail(15)))?;
    Ok(time)
}

/// How long `nft -f` takes for as many.
async fn nft(progress: &Progress) -> anyhow::Result<Duration> {
    progress.step("memory: nft -f of 1,000,000 addresses");
    let folder = TempDir::new()?;
    let cost = Cost::of(&Namespace::new()?, &Contender::Nft.load(MILLION, folder.path())?).await?;
    Ok(cost.time)
}

fn tell_memory(report: &mut Report, count: u32, imported: Duration, memory: u64, most: Option<u64>) {
    report.figure(Figure {
        part: "memory",
        case: format!("{} blocks imported", count_of(count)),
        who: "sentinel".to_owned(),
        time: Some(imported).filter(|time| !time.is_zero()),
        memory: Some(memory),
        ..Figure::default()
    });
    if let Some(most) = most {
        report.verdict(Verdict {
            what: format!("agent's memory (RSS) with {} blocks", count_of(count)),
            target: format!("under {}", megabytes(most)),
            measured: megabytes(memory),
            met: memory < most,
        });
    }
}

fn tell_restart(report: &mut Report, restart: Duration, nft: Duration) {
    for (who, time) in [("sentinel", restart), ("nft", nft)] {
        report.figure(Figure {
            part: "memory",
            case: "1,000,000 in force after a restart".to_owned(),
            who: who.to_owned(),
            time: Some(time),
            ratio: Some(time.div_duration_f64(restart)),
            ..Figure::default()
        });
    }
    report.verdict(Verdict {
        what: "restart with 1,000,000 blocks".to_owned(),
        target: format!("no longer than `nft -f` of them ({})", duration(nft)),
        measured: duration(restart),
        met: restart <= nft,
    });
}
