//! The benchmark of detection: what understanding a log costs, next to `grep` and what is installed of other parsers.
//!
//! ```text
//! make bench-parse                  a million lines for each, and 200,000 for the running agent
//! make bench-parse PART=grammars    one part
//! make bench-parse JSON=1           figures and verdicts for a program
//! ```
//!
//! Contenders take turns; figures are medians of CPU time, because one core is what everybody has.

mod agent;
mod contender;
mod grammars;
mod log;
mod worker;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use sentinel_tests::bench;
use tokio::runtime::Runtime;

use worker::Worker;

/// Measures what understanding a log costs. Needs root
#[derive(Parser)]
#[command(name = "bench-parse", version)]
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
    /// The grammars alone.
    Grammars,
    /// The whole agent, which follows a file.
    Agent,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.worker {
        Some(worker) => worker.run(),
        None => measure(&arguments),
    };
    bench::exit("bench-parse", done)
}

fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let wanted = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    bench::run(Runtime::new()?, arguments.json, async |report, progress| {
        for part in Part::value_variants().iter().copied().filter(|part| wanted(*part)) {
            match part {
                Part::Grammars => grammars::run(report, progress).await?,
                Part::Agent => agent::run(report, progress).await?,
            }
        }
        Ok(())
    })
}
