//! This program as its own child: what is measured runs in a process that does nothing else.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
};

use anyhow::Context;
use clap::Subcommand;
use sentinel_parsers::Grammars;
use sentinel_tests::bench::cost::Job;

/// What a child does.
#[derive(Subcommand)]
pub(crate) enum Worker {
    /// Runs a program and prints what it cost.
    #[command(hide = true)]
    Measure(Job),
    /// Parses a log with all grammars, and says what it understood.
    Parse {
        /// The log.
        file: PathBuf,
    },
}

impl Worker {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        match self {
            Self::Measure(job) => job.run(),
            Self::Parse { file } => {
                let log = File::open(file).with_context(|| format!("opening {}", file.display()))?;
                let mut out = io::stdout().lock();
                for (what, count) in understood(BufReader::with_capacity(256 * 1024, log))? {
                    writeln!(out, "{count:>9}  {what}").context("telling what was understood")?;
                }
                Ok(())
            }
        }
    }
}

/// How often each kind of event of each service is told of.
fn understood(mut log: impl BufRead) -> anyhow::Result<BTreeMap<String, u64>> {
    let (grammars, mut counts) = (Grammars::shipped(), BTreeMap::new());
    let mut line = Vec::new();
    while log.read_until(b'\n', &mut line).context("reading the log")? > 0 {
        if let Some((_, event)) = grammars.parse_line(None, line.trim_ascii_end()) {
            *counts.entry((event.service, event.kind)).or_insert(0) += 1;
        }
        line.clear();
    }
    let named = |((service, kind), count)| (format!("{service} {kind:?}"), count);
    Ok(counts.into_iter().map(named).collect())
}
