//! This program as its own child: what is measured runs in a process that does nothing else.

use std::{env, ffi::OsString, io};

use anyhow::Context;
use clap::Subcommand;
use tokio::process::Command;

use crate::{cost::Cost, elements, ours};

/// What a child does.
#[derive(Subcommand)]
pub(crate) enum Worker {
    /// Runs a program and prints what it cost.
    #[command(hide = true)]
    Measure {
        /// The program with its arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        program: Vec<OsString>,
    },
    /// Blocks so many addresses at once, as the agent does.
    #[command(hide = true)]
    Load {
        /// How many.
        count: u32,
    },
}

impl Worker {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        match self {
            Self::Measure { program } => {
                let cost = Cost::of_only_child(program)?;
                Ok(serde_json::to_writer(io::stdout(), &cost)?)
            }
            Self::Load { count } => {
                let elements: Vec<_> = elements::addresses(*count).map(elements::element).collect();
                ours::open()?.replace(&elements, &[]).context("blocking them")
            }
        }
    }
}

/// A child that measures `program`.
pub(crate) fn measure(program: &[OsString]) -> anyhow::Result<Command> {
    let mut command = Command::new(this_program()?);
    command.arg("measure").arg("--").args(program);
    Ok(command)
}

/// A child that blocks `count` addresses, for [`measure`].
pub(crate) fn load(count: u32) -> anyhow::Result<Vec<OsString>> {
    Ok(vec![this_program()?, "load".into(), count.to_string().into()])
}

fn this_program() -> anyhow::Result<OsString> {
    Ok(env::current_exe().context("finding this program's own file")?.into_os_string())
}
