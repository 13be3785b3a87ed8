//! What the benchmarks share: what a program costs, figures and verdicts, and saying what goes on.
//!
//! Load runs in child processes, of the benchmark itself for our side, whose peak memory and CPU time the kernel
//! counts (`getrusage(2)`).

pub mod cost;
pub mod peers;
pub mod progress;
pub mod report;

use std::{io, process::ExitCode};

use tokio::runtime::Runtime;

use crate::lab::unless_interrupted;
use {progress::Progress, report::Report};

/// Runs `parts` on `runtime` and shows what they measured, as JSON or as tables. What was measured before something
/// failed is worth showing all the same.
///
/// # Errors
/// When a part fails, or what it measured cannot be shown.
pub fn run(
    runtime: Runtime,
    json: bool,
    parts: impl AsyncFnOnce(&mut Report, &Progress) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (mut report, progress) = (Report::default(), Progress::default());
    let measured = runtime.block_on(unless_interrupted(parts(&mut report, &progress)));
    drop(progress);
    let shown = if json { report.json(io::stdout()) } else { report.tables(io::stdout()) };
    measured.and(shown)
}

/// How a benchmark of this name ends.
#[must_use]
pub fn exit(name: &str, done: anyhow::Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
