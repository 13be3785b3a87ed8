//! The start benchmark: what a start costs an agent on a ledger with many old posts, next to one with none.
//!
//! ```text
//! make bench-start             a minute
//! make bench-start JSON=1      figures and verdicts for a program
//! ```
//!
//! A real daemon starts on the dev ledger, through an endpoint that counts what it reads, and is measured until it has seen all
//! posts of this cycle, and for some seconds more. The old posts were made in a thousand cycles that are over.

mod bed;
mod report;

use std::{io, process::ExitCode};

use clap::Parser;
use sentinel_tests::{
    bench::{self, progress::Progress, report::count_of},
    lab::unless_interrupted,
};
use tokio::runtime::Builder;

use report::Results;

/// Measures what a start costs.
#[derive(Parser)]
#[command(name = "bench-start", version)]
struct Arguments {
    /// How many old posts there are the second time.
    #[arg(long, default_value_t = 100_000)]
    posts: u32,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    bench::exit("bench-start", run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let results = runtime.block_on(unless_interrupted(measure(arguments.posts)))?;
    if arguments.json {
        serde_json::to_writer_pretty(io::stdout(), &results)?;
    } else {
        results.print(io::stdout())?;
    }
    anyhow::ensure!(results.is_met(), "a target was missed");
    Ok(())
}

async fn measure(posts: u32) -> anyhow::Result<Results> {
    let progress = Progress::default();
    let mut starts = Vec::new();
    for old_posts in [0, posts] {
        progress.step(format!("start: beside {} old posts", count_of(old_posts)));
        starts.push(bed::start(old_posts).await?);
    }
    Ok(Results::of(starts))
}
