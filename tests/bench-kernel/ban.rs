//! One more address, into a set that holds some already.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use sentinel_agent::kernel::{Change, Firewall};
use sentinel_tests::lab::Namespace;
use tempfile::TempDir;

use crate::{
    contender::{Contender, ipset_ban, nft_ban},
    cost::{Cost, median},
    elements::{addresses, element, newcomers},
    ours,
    progress::Progress,
    report::{Figure, Report, Verdict, count_of, times},
};

/// How many addresses are there before.
const PRESENT: [u32; 4] = [0, 10_000, 100_000, 1_000_000];
const ROUNDS: usize = 5;

/// How much slower a ban may be for the others that are there.
const GROWTH: f64 = 2.0;
/// How many bans of ours fit into one process of `nft`.
const PER_PROCESS: f64 = 200.0;

pub(crate) async fn run(report: &mut Report, progress: &Progress) -> anyhow::Result<()> {
    let folder = TempDir::new()?;
    let mut medians = BTreeMap::new();
    for present in PRESENT {
        progress.step(format!("ban: blocking {} addresses to begin with", count_of(present)));
        let mut stand = Stand::with(present, folder.path()).await?;
        progress.step(format!("ban: one more beside {}", count_of(present)));
        for (contender, times) in stand.ban()? {
            medians.insert((contender, present), median(times));
        }
    }
    tell(report, &medians);
    Ok(())
}

/// Everybody's set, each in a network of its own.
struct Stand {
    firewall: Firewall,
    networks: BTreeMap<Contender, Namespace>,
}

impl Stand {
    async fn with(present: u32, folder: &Path) -> anyhow::Result<Self> {
        let mut networks = BTreeMap::new();
        for contender in Contender::ALL {
            networks.insert(contender, Namespace::new()?);
        }
        for contender in [Contender::Nft, Contender::Ipset] {
            let network = networks.get(&contender).context("its network")?;
            Cost::of(network, &contender.load(present, folder)?).await?;
        }
        let network = networks.get(&Contender::Sentinel).context("our network")?;
        let mut firewall = network.call(ours::open)??;
        firewall.replace(&addresses(present).map(element).collect::<Vec<_>>(), &[])?;
        Ok(Self { firewall, networks })
    }

    /// Bans newcomers, in turns; gives how long each took.
    fn ban(&mut self) -> anyhow::Result<BTreeMap<Contender, Vec<Duration>>> {
        let mut newcomers = newcomers();
        let mut taken: BTreeMap<Contender, Vec<Duration>> = BTreeMap::new();
        for round in 0..ROUNDS {
            for contender in Contender::in_turn(round) {
                let bans = if contender == Contender::Sentinel { 100 } else { 10 };
                for address in newcomers.by_ref().take(bans) {
                    let time = self.ban_one(contender, address)?;
                    taken.entry(contender).or_default().push(time);
                }
            }
        }
        Ok(taken)
    }

    fn ban_one(&mut self, contender: Contender, address: Ipv4Addr) -> anyhow::Result<Duration> {
        let command = match contender {
            Contender::Sentinel => {
                let start = Instant::now();
                self.firewall.apply(&[Change::Add(element(address))])?;
                return Ok(start.elapsed());
            }
            Contender::Nft => nft_ban(address),
            Contender::Ipset => ipset_ban(address),
        };
        let network = self.networks.get(&contender).context("its network")?;
        network.call(move || time_of(command))?
    }
}

fn time_of(mut command: Command) -> anyhow::Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let time = start.elapsed();
    ensure!(status.success(), "{command:?} failed ({status})");
    Ok(time)
}

fn tell(report: &mut Report, medians: &BTreeMap<(Contender, u32), Duration>) {
    let of = |contender, present| medians.get(&(contender, present)).copied().unwrap_or_default();
    for present in PRESENT {
        let ours = of(Contender::Sentinel, present);
        for contender in Contender::ALL {
            let time = of(contender, present);
            report.figure(Figure {
                part: "ban",
                case: format!("beside {}", count_of(present)),
                who: if contender == Contender::Sentinel {
                    contender.to_string()
                } else {
                    format!("{contender} process")
                },
                time: Some(time),
                ratio: Some(time.div_duration_f64(ours)),
                ..Figure::default()
            });
        }
    }
    let full = of(Contender::Sentinel, 1_000_000);
    let growth = full.div_duration_f64(of(Contender::Sentinel, 0));
    report.verdict(Verdict {
        what: "one ban beside 1M, of one beside none".to_owned(),
        target: format!("at most {}", times(GROWTH)),
        measured: times(growth),
        met: growth <= GROWTH,
    });
    let share = of(Contender::Nft, 1_000_000).div_duration_f64(full);
    report.verdict(Verdict {
        what: "one ban beside 1M, of one `nft` process".to_owned(),
        target: format!("at most 1/{PER_PROCESS}"),
        measured: format!("1/{share:.0}"),
        met: share >= PER_PROCESS,
    });
}
