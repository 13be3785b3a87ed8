//! The kernel benchmark: what a block costs with this agent, next to `nft`, `ipset` and one process a ban.
//!
//! ```text
//! make bench-kernel                 everything, some minutes
//! make bench-kernel PART=bulk       one part
//! make bench-kernel JSON=1          figures and verdicts for a program
//! ```
//!
//! Every contender works in network namespaces of its own, so nothing outside changes, and all is gone with this
//! process. Contenders take turns (A, B, C, B, C, A, ...) so that a busy moment of the machine hits all of them;
//! figures are medians.

mod agent;
mod ban;
mod bulk;
mod contender;
mod element_query;
mod elements;
mod memory;
mod mixed;
mod ours;
mod probe;
mod worker;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use sentinel_tests::bench::{self, cost, progress, report};
use tokio::runtime::Runtime;

use worker::Worker;

/// Measures what a block costs, next to nft and ipset. Needs root.
#[derive(Parser)]
#[command(name = "bench-kernel", version)]
struct Arguments {
    /// What to measure; everything unless told otherwise.
    #[arg(long = "part", value_enum)]
    parts: Vec<Part>,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    worker: Option<Worker>,
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Many addresses at once.
    Bulk,
    /// One more address.
    Ban,
    /// Overlapping networks of all sizes.
    Mixed,
    /// The whole agent, from log line to kernel.
    Agent,
    /// The agent's memory and its restart.
    Memory,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.worker {
        Some(worker) => worker.run(),
        None => measure(&arguments),
    };
    bench::exit("bench-kernel", done)
}

fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    contender::all_installed()?;
    let wanted = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    bench::run(Runtime::new()?, arguments.json, async |report, progress| {
        for part in Part::value_variants().iter().copied().filter(|part| wanted(*part)) {
            match part {
                Part::Bulk => bulk::run(report, progress).await?,
                Part::Ban => ban::run(report, progress).await?,
                Part::Mixed => mixed::run(report, progress).await?,
                Part::Agent => agent::run(report, progress).await?,
                Part::Memory => memory::run(report, progress).await?,
            }
        }
        Ok(())
    })
}
