//! This program as its own child: what is measured runs in a process that does nothing else.

use anyhow::Context;
use clap::Subcommand;

use crate::{
    cost::{Job, this_program},
    elements, ours,
};

/// What a child does.
#[derive(Subcommand)]
pub(crate) enum Worker {
    /// Runs a program and prints what it cost.
    #[command(hide = true)]
    Measure(Job),
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
            Self::Measure(job) => job.run(),
            Self::Load { count } => {
                let elements: Vec<_> = elements::addresses(*count).map(elements::element).collect();
                ours::open()?.replace(&elements, &[]).context("blocking them")
            }
        }
    }
}

/// A child that blocks `count` addresses.
pub(crate) fn load(count: u32) -> anyhow::Result<Job> {
    Ok(Job::of(vec![this_program()?, "load".into(), count.to_string().into()]))
}
