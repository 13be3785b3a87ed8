//! `logs replay`: what would have been blocked, had the agent read these logs.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;
use indicatif::ProgressBar;
use jiff::Timestamp;

use crate::{
    cli::{
        Exit, Options, exit,
        input::Input,
        lines,
        output::{Output, Stream, Style, Table},
        progress,
    },
    daemon::{Rehearsal, WouldBlock},
    domain::Scope,
    sources::MAX_LINE,
};

/// Bytes read at once.
const BUFFER: usize = 256 * 1024;
/// Lines at the beginning of a file in which its time is looked for.
const BEGINNING: usize = 100;
/// What would have been done that is shown at once.
const PAGE: usize = 100;

/// Show what would have been blocked, when and why, had the agent read these logs
///
/// Times are the log's own, and files are read in the order of their first lines. The config is obeyed; of the guard it
/// knows what the config allows. Touches neither the firewall nor the daemon.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sentinel-agent logs replay /var/log/auth.log /var/log/auth.log.1
  zcat /var/log/auth.log.*.gz | sentinel-agent logs replay -")]
pub(in crate::cli) struct Replay {
    /// The logs; - for stdin
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl Replay {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let mut rehearsal = Rehearsal::new(&options.settings()?, Timestamp::now())?;
        let logs = in_order(&self.files, &rehearsal)?;
        let size = logs.iter().map(|log| log.input.size).sum::<Option<u64>>();
        let bar = progress::bar(size);
        let mut output = options.output();
        let mut lines = 0;
        let mut shown = Shown::new(&mut output, &bar);
        for Log { input: Input { name, content, .. }, .. } in logs {
            let mut input = BufReader::with_capacity(BUFFER, bar.wrap_read(content));
            lines += replay(&mut input, &mut rehearsal, |decision| shown.take(decision))
                .with_context(|| format!("replaying {name}"))?;
        }
        let count = shown.end()?;
        bar.finish_and_clear();
        exit::say(&format!(
            "{lines} lines, {} hostile events, {count} decisions; nothing was blocked",
            rehearsal.events()
        ));
        Ok(Exit::Ok)
    }
}

/// A log to be read.
struct Log {
    input: Input,
    begins: Option<Timestamp>,
}

fn in_order(files: &[PathBuf], rehearsal: &Rehearsal) -> anyhow::Result<Vec<Log>> {
    let mut logs = files.iter().map(|path| open(path, rehearsal)).collect::<anyhow::Result<Vec<Log>>>()?;
    logs.sort_by_key(|log| log.begins);
    Ok(logs)
}

fn open(path: &Path, rehearsal: &Rehearsal) -> anyhow::Result<Log> {
    let input = Input::open(path)?;
    // What a pipe gives can be read but once.
    if input.size.is_none() {
        return Ok(Log { input, begins: None });
    }
    let Input { name, content, .. } = Input::open(path)?;
    let begins = begins(BufReader::new(content), rehearsal).with_context(|| format!("reading {name}"))?;
    Ok(Log { input, begins })
}

/// The first time in a log.
fn begins(input: impl BufRead, rehearsal: &Rehearsal) -> io::Result<Option<Timestamp>> {
    let mut input = input.take((BEGINNING * MAX_LINE) as u64);
    let mut raw = Vec::new();
    for _ in 0..BEGINNING {
        raw.clear();
        if input.read_until(b'\n', &mut raw)? == 0 {
            break;
        }
        if let Some(time) = rehearsal.time_of(&raw) {
            return Ok(Some(time));
        }
    }
    Ok(None)
}

/// Shows every line to the agent, overlong ones excepted; gives back how many there were.
fn replay<R: Read>(
    input: &mut BufReader<R>,
    rehearsal: &mut Rehearsal,
    mut take: impl FnMut(WouldBlock) -> io::Result<()>,
) -> io::Result<u64> {
    lines::each(input, |raw| rehearsal.line(raw).map_or(Ok(()), &mut take))
}

/// The decisions as they come, a page at a time.
struct Shown<'a, W> {
    stream: Stream<'a, W>,
    page: Vec<WouldBlock>,
    bar: &'a ProgressBar,
    count: u64,
}

impl<'a, W: Write> Shown<'a, W> {
    fn new(output: &'a mut Output<W>, bar: &'a ProgressBar) -> Self {
        Self { stream: output.stream("decisions"), page: Vec::new(), bar, count: 0 }
    }

    fn take(&mut self, decision: WouldBlock) -> io::Result<()> {
        self.page.push(decision);
        self.count += 1;
        if self.page.len() >= PAGE { self.show() } else { Ok(()) }
    }

    fn show(&mut self) -> io::Result<()> {
        let (stream, page) = (&mut self.stream, &self.page);
        self.bar.suspend(|| stream.page(page, table))?;
        self.page.clear();
        Ok(())
    }

    fn end(mut self) -> io::Result<u64> {
        self.show()?;
        self.stream.end()?;
        Ok(self.count)
    }
}

fn table(page: &[WouldBlock], _: &Style) -> Table {
    let mut table = Table::new(["at", "network", "until", "why"]);
    for one in page {
        let until = one.until.map_or_else(|| "-".to_owned(), |until| format!("{until:.0}"));
        table.row([format!("{:.0}", one.at), one.network.to_string(), until, why(one)]);
    }
    table
}

fn why(one: &WouldBlock) -> String {
    if let Some(refused) = &one.refused {
        return refused.clone();
    }
    let scope = if one.scope == Scope::Inbound { ", inbound only" } else { "" };
    format!("{}: {} events{scope}", one.detector, one.events)
}

#[cfg(test)]
mod tests;
