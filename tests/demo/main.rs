//! The demo: one real attack, blocked at two peers, told as it happens.
//!
//! ```text
//! make demo                              with the dev ledger
//! make demo VALIDATOR=/path/to/program   with a real solana-test-validator
//! ```

mod narrator;
mod proof;
mod stage;
mod story;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use sentinel_tests::lab::{LedgerKind, unless_interrupted};

use narrator::Narrator;

/// Attacks a router in a small internet on this machine and shows what becomes of it. Needs root.
#[derive(Parser)]
#[command(name = "demo", version)]
struct Arguments {
    /// A solana-test-validator to use instead of the dev ledger.
    #[arg(long, value_name = "PROGRAM")]
    validator: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let ledger = Arguments::parse().validator.map_or(LedgerKind::Dev, LedgerKind::Validator);
    let narrator = Narrator::for_stdout();
    match unless_interrupted(story::tell(&narrator, &ledger)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            narrator.failed(&error);
            ExitCode::FAILURE
        }
    }
}
