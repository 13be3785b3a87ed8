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
mod requests;
mod usage;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};
use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};
use sentinel_tests::bench;
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
        Some(Worker::Serve { directory, port }) => ours::serve(directory, *port),
        Some(Worker::Flood { flood, directory, port }) => flood.run(directory, *port),
        None => measure(&arguments),
    };
    bench::exit("bench-serve", done)
}

fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let wanted = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    stay_on(CLIENT_CPU)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    bench::run(runtime, arguments.json, async |report, progress| {
        for part in Part::value_variants().iter().copied().filter(|part| wanted(*part)) {
            match part {
                Part::Requests => requests::run(report, progress, &arguments.python).await?,
                Part::Memory => memory::run(report, progress).await?,
                Part::Floods => floods::run(report, progress).await?,
            }
        }
        Ok(())
    })
}

/// Keeps this thread, and those that it starts, on one CPU.
fn stay_on(cpu: usize) -> anyhow::Result<()> {
    let mut cpus = CpuSet::new();
    cpus.set(cpu)?;
    // A machine with one CPU measures all the same, though not what it should.
    let _ = sched_setaffinity(Pid::from_raw(0), &cpus);
    Ok(())
}
