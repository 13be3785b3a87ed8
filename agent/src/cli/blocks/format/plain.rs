//! One network a line, as most published lists are, with comments behind `#`, `;` or `//`.

use std::io::{self, Write};

use super::{Export, Item, network};
use crate::{cli::blocks::listed::Listed, control::Expiry};

/// Begins a comment. Spamhaus writes `;`, most others `#`.
const COMMENTS: [&str; 3] = ["#", ";", "//"];

/// Begins the comment in which the expiry is written.
const UNTIL: &str = "until ";

/// Addresses and networks, and nothing else: every program reads that.
pub(super) struct Plain<W>(pub(super) W);

impl<W: Write> Export for Plain<W> {
    fn block(&mut self, block: &Listed) -> io::Result<()> {
        let network = block.network;
        let single = if network.is_ipv4() { 32 } else { 128 };
        if network.prefix() == single {
            writeln!(self.0, "{}", network.ip())
        } else {
            writeln!(self.0, "{network}")
        }
    }

    fn end(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Networks with their expiry.
pub(super) struct Cidr<W>(pub(super) W);

impl<W: Write> Export for Cidr<W> {
    fn block(&mut self, block: &Listed) -> io::Result<()> {
        match block.until {
            Some(until) => writeln!(self.0, "{} # {UNTIL}{until}", block.network),
            None => writeln!(self.0, "{}", block.network),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The networks of one line: all of them, or none when one of them is none.
pub(super) fn items(line: &str) -> Result<Vec<Item>, String> {
    let comment_at = COMMENTS.iter().filter_map(|mark| line.find(mark)).min().unwrap_or(line.len());
    let (list, comment) = line.split_at(comment_at);
    let comment = comment.trim_start_matches(['#', ';', '/']).trim();
    let expiry = comment.strip_prefix(UNTIL).and_then(|moment| moment.parse().ok()).map(Expiry::At);
    let comment = (expiry.is_none() && !comment.is_empty()).then(|| comment.to_owned());
    list.split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .map(|word| Ok(Item { network: network(word)?, expiry, comment: comment.clone() }))
        .collect()
}
