//! Lists of networks as files: how they are written and how they are read.
//!
//! Both directions go network by network, so that a list of any length takes no more memory than a short one.

mod crowdsec;
mod csv;
mod entries;
mod fail2ban;
mod ipset;
mod json;
mod nft;
mod pieces;
mod plain;
mod range;
mod read;
mod recognise;
mod sshguard;

use std::io::{self, Write};

use ipnetwork::IpNetwork;
use jiff::Timestamp;

use super::listed::Listed;
use crate::{cli::output::printable, control::Expiry};

pub(super) use read::{ReadAs, each_entry};
pub(super) use recognise::{Sniffed, sniff};

/// The form of an exported list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// One a line: addresses bare, networks with their prefix; no expiry
    Plain,
    /// One a line, always with its prefix, the expiry in a comment behind it
    Cidr,
    /// A ruleset that drops them, for `nft -j -f`
    Nft,
    /// As `blocks list --json`, one block a line
    Json,
    /// network, source, since, until, reasons; for spreadsheets
    Csv,
}

/// Writes blocks in one format.
pub(super) trait Export {
    /// Writes the next block.
    fn block(&mut self, block: &Listed) -> io::Result<()>;

    /// Writes what comes behind the last.
    fn end(&mut self) -> io::Result<()>;
}

/// A writer of this format; `table` is the nft table's name.
pub(super) fn exporter<'a>(
    format: Format,
    table: &str,
    now: Timestamp,
    to: Box<dyn Write + 'a>,
) -> Box<dyn Export + 'a> {
    match format {
        Format::Plain => Box::new(plain::Plain(to)),
        Format::Cidr => Box::new(plain::Cidr(to)),
        Format::Nft => Box::new(nft::Ruleset::new(to, table, now)),
        Format::Json => Box::new(json::Json::new(to)),
        Format::Csv => Box::new(csv::Csv::new(to)),
    }
}

/// What a list says of one network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) network: IpNetwork,
    pub(super) expiry: Option<Expiry>,
    pub(super) comment: Option<String>,
}

/// Why there is nothing to block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoItem {
    /// It is no network, or not written as one.
    Unreadable(String),
    /// It is not there to be blocked.
    PassedOver(String),
}

impl From<String> for NoItem {
    fn from(why: String) -> Self {
        Self::Unreadable(why)
    }
}

impl From<&str> for NoItem {
    fn from(why: &str) -> Self {
        why.to_owned().into()
    }
}

/// A network that somebody wrote.
fn network(text: &str) -> Result<IpNetwork, String> {
    text.parse().map_err(|_| format!("'{}' is no address and no network", excerpt(text)))
}

/// A moment that somebody wrote.
fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| format!("'{}' is no time in RFC 3339", excerpt(text)))
}

/// Enough of a text to recognise it by.
fn excerpt(text: &str) -> String {
    const ENOUGH: usize = 60;
    let start: String = text.chars().take(ENOUGH).collect();
    let more = if text.chars().nth(ENOUGH).is_some() { "…" } else { "" };
    format!("{}{more}", printable(&start))
}

#[cfg(test)]
mod tests;
