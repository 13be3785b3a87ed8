//! The latency benchmark: how long after an attacker's last failed login at A the kernel of B drops it.
//!
//! ```text
//! make bench-latency                               some minutes; the picture is docs/latency.svg
//! make bench-latency RUNS=5 VALIDATOR=PROGRAM      five attacks a ledger, and with this solana-test-validator
//! make bench-latency JSON=1                        every run for a program
//! ```
//!
//! Nothing is simulated: in network namespaces on this machine, somebody guesses passwords at A's OpenSSH over ssh; A's agent
//! detects, blocks, and posts to the ledger program; B's agent hears of it, fetches the log over TLS, verifies it, and blocks.
//! Each attack comes from another address. Ways have no latency, and one machine does the work of all; the agents share a real disk,
//! the validator's is in memory. The agents have their default settings, but for what a day may cost and how many logs a minute B
//! may take of A (10 by default, which is fewer than there are attacks here).
//!
//! The clock starts when OpenSSH's line about the last failed login arrives in a pipe to this program, which only then writes it
//! into the log that A reads. It stops when `nft monitor` has printed that the address is in B's set. Both err on the side of a
//! longer time, by less than a millisecond on an idle machine; what the agents say themselves stands in between.

mod attack;
mod histogram;
mod picture;
mod stage;
mod tables;
mod timing;

use std::{fs, io, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Context;
use clap::Parser;
use sentinel_tests::{
    bench::{self, progress::Progress, report::Verdict},
    lab::{LedgerKind, unless_interrupted},
};
use serde::Serialize;
use tokio::runtime::Builder;

use stage::Stage;
use timing::Timing;

/// Measures how long it takes from an attack at one peer to the drop at another.
#[derive(Parser)]
#[command(name = "bench-latency", version)]
struct Arguments {
    /// How many attacks on each ledger.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u8).range(1..=200))]
    runs: u8,
    /// A solana-test-validator to use besides the dev ledger, instead of the one that SENTINEL_TEST_VALIDATOR names or that is in
    /// PATH.
    #[arg(long, value_name = "PROGRAM")]
    validator: Option<PathBuf>,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Where the picture goes.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

/// All attacks on one ledger.
#[derive(Serialize)]
struct Series {
    ledger: &'static str,
    /// What the median of all times to the drop at B must stay below.
    target: Duration,
    runs: Vec<Timing>,
}

/// All that was measured.
#[derive(Serialize)]
struct Results {
    series: Vec<Series>,
    verdicts: Vec<Verdict>,
}

fn main() -> ExitCode {
    bench::exit("bench-latency", run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let series = runtime.block_on(unless_interrupted(measure(arguments)))?;
    let verdicts = tables::verdicts(&series);
    let results = Results { series, verdicts };
    if let Some(path) = &arguments.plot {
        fs::write(path, picture::svg(&results.series))
            .with_context(|| format!("writing {}", path.display()))?;
    }
    if arguments.json {
        serde_json::to_writer_pretty(io::stdout(), &results)?;
    } else {
        tables::print(&results, io::stdout())?;
    }
    anyhow::ensure!(results.verdicts.iter().all(|verdict| verdict.met), "a target was missed");
    Ok(())
}

async fn measure(arguments: &Arguments) -> anyhow::Result<Vec<Series>> {
    let progress = Progress::default();
    let named = arguments.validator.clone().map(LedgerKind::Validator);
    let validator = named.map_or_else(LedgerKind::installed_validator, Ok);
    let mut all = vec![];
    let target = Duration::from_millis(150);
    all.push(attacks("dev ledger", target, &LedgerKind::Dev, arguments.runs, &progress).await?);
    match validator {
        Ok(kind) => {
            let target = Duration::from_secs(2);
            all.push(attacks("solana-test-validator", target, &kind, arguments.runs, &progress).await?);
        }
        Err(error) => eprintln!("only on the dev ledger: {error}"),
    }
    Ok(all)
}

async fn attacks(
    ledger: &'static str,
    target: Duration,
    kind: &LedgerKind,
    count: u8,
    progress: &Progress,
) -> anyhow::Result<Series> {
    progress.step(format!("latency: starting the {ledger} and two agents"));
    let stage = Stage::set(kind).await?;
    let mut runs = Vec::new();
    for number in 0..count {
        progress.step(format!("latency: {ledger}, attack {} of {count}", u32::from(number) + 1));
        runs.push(stage.attack(number).await.map_err(|error| stage.explain(&error))?);
    }
    Ok(Series { ledger, target, runs })
}
