//! The server benchmark: signed downloads from this agent, next to nginx and the original design.
//!
//! ```text
//! make bench-serve                  everything, some minutes
//! make bench-serve PART=requests    one part
//! make bench-serve JSON=1           figures and verdicts for a program
//! ```
//!
//! nginx serves the same files over TLS and checks nothing: the limit. A FastAPI server under uvicorn makes the same
//! checks: the original design. All have the same certificate, one thread, and a CPU of their own, and take turns;
//! the client has another. CPU time is what the kernel counts for the server's process; figures are medians of the
//! rounds.

mod bed;
mod client;
mod contender;
mod floods;
mod load;
mod memory;
mod ours;
mod python;
mod requests;
mod usage;

use std::{io, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};
use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};
use sentinel_tests::{
    bench::{progress::Progress, report::Report},
    lab::unless_interrupted,
};
use tokio::runtime::Builder;

/// The CPU of whatever serves.
const SERVER_CPU: usize = 0;
/// The CPU of whatever asks.
const CLIENT_CPU: usize = 1;

/// Measures signed downloads, next to nginx and FastAPI.
#[derive(Parser)]
#[command(name = "bench-serve", version)]
struct Arguments {
    /// What to measure; everything unless told otherwise.
    #[arg(long = "part", value_enum)]
    parts: Vec<Part>,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Where FastAPI is installed, if it is not there yet.
    #[arg(long, default_value = "target/bench-serve")]
    python: PathBuf,
    #[command(subcommand)]
    worker: Option<Worker>,
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Signed requests a second, their latency and their CPU time.
    Requests,
    /// The server's memory under many large downloads.
    Memory,
    /// How long good peers wait while others flood the server.
    Floods,
}

/// This program as its own child.
#[derive(Subcommand)]
enum Worker {
    /// Serves a bed as the agent does.
    #[command(hide = true)]
    Serve {
        /// The bed's folder.
        directory: PathBuf,
        /// Where to listen on loopback.
        port: u16,
        /// Refusals a minute and source address; more than the agent's own for a scanner of TLS settings.
        #[arg(long, default_value_t = 60)]
        refusals: usize,
    },
    /// Floods a bed's server until it is killed.
    #[command(hide = true)]
    Flood {
        /// What with.
        #[arg(value_enum)]
        flood: floods::Flood,
        /// The bed's folder.
        directory: PathBuf,
        /// Where the server listens.
        port: u16,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.worker {
        Some(Worker::Serve { directory, port, refusals }) => ours::serve(directory, *port, *refusals),
        Some(Worker::Flood { flood, directory, port }) => flood.run(directory, *port),
        None => bench(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-serve: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &Arguments) -> anyhow::Result<()> {
    let wanted = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    let mut report = Report::default();
    let progress = Progress::default();
    stay_on(CLIENT_CPU)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let measured = runtime.block_on(unless_interrupted(async {
        for part in Part::value_variants().iter().copied().filter(|part| wanted(*part)) {
            match part {
                Part::Requests => requests::run(&mut report, &progress, &arguments.python).await?,
                Part::Memory => memory::run(&mut report, &progress).await?,
                Part::Floods => floods::run(&mut report, &progress).await?,
            }
        }
        Ok(())
    }));
    drop(progress);
    // What was measured before something failed is worth showing all the same.
    let shown = if arguments.json { report.json(io::stdout()) } else { report.tables(io::stdout()) };
    measured.and(shown)
}

/// Keeps this thread, and those that it starts, on one CPU.
fn stay_on(cpu: usize) -> anyhow::Result<()> {
    let mut cpus = CpuSet::new();
    cpus.set(cpu)?;
    // A machine with one CPU measures all the same, though not what it should.
    let _ = sched_setaffinity(Pid::from_raw(0), &cpus);
    Ok(())
}
