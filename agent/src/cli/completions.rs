//! `completions`: what a shell needs to complete this command line.

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit};

/// Print the completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sentinel-agent completions bash > /etc/bash_completion.d/sentinel-agent")]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        // The generator panics when it cannot write, as into a closed pipe.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "sentinel-agent", &mut script);
        io::stdout().write_all(&script)?;
        Ok(Exit::Ok)
    }
}
