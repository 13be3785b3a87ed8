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

use std::{io, process::ExitCode};

use clap::{Parser, ValueEnum};
use sentinel_tests::{
    bench::{progress::Progress, report::Report},
    lab::unless_interrupted,
};
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
        None => bench(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-parse: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &Arguments) -> anyhow::Result<()> {
    let wanted = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    let mut report = Report::default();
    let progress = Progress::default();
    let measured = Runtime::new()?.block_on(unless_interrupted(async {
        for part in Part::value_variants().iter().copied().filter(|part| wanted(*part)) {
            match part {
                Part::Grammars => grammars::run(&mut report, &progress).await?,
                Part::Agent => agent::run(&mut report, &progress).await?,
            }
        }
        Ok(())
    }));
    drop(progress);
    // What was measured before something failed is worth showing all the same.
    let shown = if arguments.json { report.json(io::stdout()) } else { report.tables(io::stdout()) };
    measured.and(shown)
}
