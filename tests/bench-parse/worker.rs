//! This program as its own child: what is measured runs in a process that does nothing else.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
};

use anyhow::Context;
use clap::Subcommand;
use sentinel_agent::sources::{LineSplitter, MAX_LINE};
use sentinel_parsers::Grammars;
use sentinel_tests::bench::cost::Job;

/// Bytes that are read at once.
const BUFFER: usize = 256 * 1024;

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
                for (what, count) in understood(log)? {
                    writeln!(out, "{count:>9}  {what}").context("telling what was understood")?;
                }
                Ok(())
            }
        }
    }
}

/// How often each kind of event of each service is told of. The log is read and cut into lines as the agent does it.
fn understood(mut log: impl Read) -> anyhow::Result<BTreeMap<String, u64>> {
    let (grammars, mut counts) = (Grammars::shipped(), BTreeMap::new());
    let mut splitter = LineSplitter::new(MAX_LINE);
    let mut buffer = vec![0; BUFFER];
    loop {
        let length = log.read(&mut buffer).context("reading the log")?;
        let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
        splitter.push(bytes, |line| {
            if let Some((_, event)) = grammars.parse_line(None, line) {
                *counts.entry((event.service, event.kind)).or_insert(0) += 1;
            }
        });
    }
    let named = |((service, kind), count)| (format!("{service} {kind:?}"), count);
    Ok(counts.into_iter().map(named).collect())
}
