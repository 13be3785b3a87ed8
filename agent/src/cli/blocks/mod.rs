//! `blocks`: what is dropped.

mod add;
mod check;
mod explain;
mod export;
mod filters;
mod format;
mod import;
mod list;
mod listed;
mod pages;
mod remove;
mod restore;
mod session;
mod suspend;

use std::str::FromStr;

use clap::Subcommand;

use super::{Exit, Options};
use crate::config::Span;

/// List, add, remove, explain, export, import, suspend and restore blocks
#[derive(Debug, Subcommand)]
pub(super) enum Blocks {
    List(list::List),
    Add(add::Add),
    Remove(remove::Remove),
    Check(check::Check),
    Explain(explain::Explain),
    Export(export::Export),
    Import(import::Import),
    Suspend(suspend::Suspend),
    Restore(restore::Restore),
}

impl Blocks {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(options),
            Self::Add(add) => add.run(options),
            Self::Remove(remove) => remove.run(options),
            Self::Check(check) => check.run(options),
            Self::Explain(explain) => explain.run(options),
            Self::Export(export) => export.run(options),
            Self::Import(import) => import.run(options),
            Self::Suspend(suspend) => suspend.run(),
            Self::Restore(restore) => restore.run(options),
        }
    }
}

/// A length of time that is not zero.
fn span(text: &str) -> Result<Span, String> {
    let span = Span::from_str(text).map_err(|error| error.to_string())?;
    if span.0.is_zero() { Err("expected at least 1s".to_owned()) } else { Ok(span) }
}
