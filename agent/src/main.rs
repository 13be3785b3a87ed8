//! The one binary: the daemon and its command line.

use std::process::ExitCode;

use clap::Parser;
use sentinel_agent::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run().into()
}
