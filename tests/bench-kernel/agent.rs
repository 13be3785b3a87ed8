//! The whole agent, as an operator runs it: from the log line to the kernel.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::Write,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use jiff::Timestamp;
use sentinel_tests::lab::{Agent, Host, Lab, Settings, Site, firewall::Monitor};
use tokio::time::sleep;

use crate::{
    cost::median,
    elements::{addresses, newcomers},
    probe::{delay_of_monitor, until_all_blocked},
    progress::Progress,
    report::{Figure, Report, Verdict, duration},
};

/// Failed log-ins that make an attacker, by default.
const THRESHOLD: u32 = 5;

const RUNS: usize = 10;
/// From the last log line to the kernel.
const LATENCY: Duration = Duration::from_millis(5);

const ATTACKERS: u32 = 10_000;
/// From the storm's last line until all are in the kernel.
const STORM: Duration = Duration::from_secs(2);

/// When the storm is given up.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn run(report: &mut Report, progress: &Progress) -> anyhow::Result<()> {
    latency(report, progress).await?;
    storm(report, progress).await
}

/// A host whose log the agent follows.
struct Watched {
    _agent: Agent,
    host: Arc<Host>,
    log: PathBuf,
    _lab: Lab,
}

impl Watched {
    async fn start() -> anyhow::Result<Self> {
        let lab = Lab::build()?;
        let host = lab.connect(&Site::A)?;
        let log = host.directory().join("auth.log");
        fs::write(&log, "").with_context(|| format!("making {}", log.display()))?;
        let settings = Settings { log_file: Some(&log), ..Settings::default() };
        Ok(Self { _agent: Agent::launch(&host, settings).await?, host, log, _lab: lab })
    }
}

async fn latency(report: &mut Report, progress: &Progress) -> anyhow::Result<()> {
    let watched = Watched::start().await?;
    let monitor = Monitor::start(&watched.host.namespace).await?;
    let mut latencies = Vec::new();
    for (run, address) in (1..=RUNS).zip(newcomers()) {
        progress.step(format!("agent: from the log line to the kernel, {run}/{RUNS}"));
        append(&watched.log, &failed_logins([address], THRESHOLD - 1))?;
        // Attackers take their time too.
        sleep(Duration::from_millis(200)).await;
        let last = failed_logins([address], 1);
        let written = Timestamp::now();
        append(&watched.log, &last)?;
        let dropped = monitor.added("blocked4", address.into(), PATIENCE).await?;
        latencies.push(dropped.duration_since(written).unsigned_abs());
    }
    let latency = median(latencies);
    progress.step("agent: how much later nft monitor tells of a ban");
    let delay = delay_of_monitor().await?;
    report.figure(Figure {
        part: "agent",
        case: format!("last log line to `nft monitor`, itself {} late", duration(delay)),
        who: "sentinel".to_owned(),
        time: Some(latency),
        ..Figure::default()
    });
    report.verdict(Verdict {
        what: format!("last log line to kernel, median of {RUNS}"),
        target: format!("at most {}", duration(LATENCY)),
        measured: duration(latency),
        met: latency <= LATENCY,
    });
    Ok(())
}

async fn storm(report: &mut Report, progress: &Progress) -> anyhow::Result<()> {
    progress.step(format!("agent: a storm of {ATTACKERS} attackers"));
    let watched = Watched::start().await?;
    let lines = failed_logins(addresses(ATTACKERS), THRESHOLD);
    let log = watched.log.clone();
    let stormed = watched.host.namespace.run_blocking(move || {
        append(&log, &lines)?;
        until_all_blocked(&addresses(ATTACKERS).collect::<BTreeSet<_>>(), Instant::now(), PATIENCE)
    });
    let stormed = stormed.await??;
    let (time, measured) = match stormed {
        Ok(time) => (Some(time), duration(time)),
        Err(found) => (None, format!("{found} after {}", duration(PATIENCE))),
    };
    report.figure(Figure {
        part: "agent",
        case: "a storm of 10,000 attackers, since its last line".to_owned(),
        who: "sentinel".to_owned(),
        time,
        ..Figure::default()
    });
    report.verdict(Verdict {
        what: "a storm of 10,000 new attackers".to_owned(),
        target: format!("all in the kernel within {}", duration(STORM)),
        measured,
        met: time.is_some_and(|time| time <= STORM),
    });
    Ok(())
}

/// What OpenSSH says through rsyslog of `each` failed log-ins of everybody, in turns.
fn failed_logins(addresses: impl IntoIterator<Item = Ipv4Addr, IntoIter: Clone>, each: u32) -> String {
    let (now, addresses) = (Timestamp::now(), addresses.into_iter());
    (0..each)
        .flat_map(|_| addresses.clone())
        .map(|address| {
            format!("{now:.6} router sshd[4242]: Failed password for root from {address} port 40022 ssh2\n")
        })
        .collect()
}

fn append(log: &Path, lines: &str) -> anyhow::Result<()> {
    let written = File::options().append(true).open(log).and_then(|mut log| log.write_all(lines.as_bytes()));
    written.with_context(|| format!("writing to {}", log.display()))
}
