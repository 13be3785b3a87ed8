//! `blocks export`: what is dropped now, for other programs.

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use clap::Args;
use jiff::Timestamp;

use super::{
    filters::Filters,
    format::{Format, exporter},
    pages::{Wanted, each_page},
};
use crate::cli::{Exit, Options, output::write_file};

/// Export what is blocked, for other programs
///
/// In the order of the networks. `plain` holds no expiries, the other formats do; `blocks import` reads all of them
/// back. When the daemon is not running, the kernel is asked.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sentinel-agent blocks export --format cidr --source local --output blocked.txt
  sentinel-agent blocks export --format nft --table mirror --output mirror.json && nft -j -f mirror.json

The nft ruleset:
  It replaces the table of its name. It drops what local and manual blocks name entirely, and
  of what only peers named what comes in uninvited; it has no guard, so look at it before you
  load it elsewhere.")]
pub(in crate::cli) struct Export {
    /// In which format
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Format,
    /// Into this file, which is replaced at once when all is written [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Name of the nft table
    #[arg(long, value_name = "NAME", default_value = "sentinel_export", value_parser = table_name)]
    table: String,
    #[command(flatten)]
    filters: Filters,
}

/// What nft takes for an identifier; the agent's own table is nobody else's to replace.
fn table_name(text: &str) -> Result<String, String> {
    let is_identifier = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && text.len() <= 60;
    match text {
        "sentinel" => Err("sentinel is the agent's own table".to_owned()),
        _ if is_identifier => Ok(text.to_owned()),
        _ => Err("expected letters, digits and underscores, a letter first".to_owned()),
    }
}

impl Export {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match &self.output {
            None => self.write(options, Box::new(io::stdout().lock()))?,
            Some(path) => write_file(path, |file| self.write(options, Box::new(file)))?,
        }
        Ok(Exit::Ok)
    }

    fn write<'a>(&self, options: &Options, to: Box<dyn Write + 'a>) -> anyhow::Result<()> {
        let now = Timestamp::now();
        let mut export = exporter(self.format, &self.table, now, Box::new(BufWriter::new(to)));
        let wanted = Wanted { filter: self.filters.at(now), after: None, limit: usize::MAX };
        each_page(options, wanted, |page| Ok(page.iter().try_for_each(|block| export.block(block))?))?;
        Ok(export.end()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_name_that_nft_takes_and_never_the_agents_own() {
        for good in ["mirror", "sentinel_export", "t2"] {
            assert_eq!(table_name(good).as_deref(), Ok(good));
        }
        for bad in ["", "sentinel", "a b", "2t", "x;flush ruleset", "\u{e4}"] {
            assert!(table_name(bad).is_err(), "{bad}");
        }
    }
}
