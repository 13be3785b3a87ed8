//! JSON as `blocks list --json` prints it.

use std::io::{self, Write};

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Export, Item};
use crate::{cli::blocks::listed::Listed, control::Expiry};

/// One object that holds all blocks, each on a line of its own.
pub(super) struct Json<W> {
    writer: W,
    is_empty: bool,
}

impl<W: Write> Json<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer, is_empty: true }
    }

    fn separate(&mut self) -> io::Result<()> {
        let is_first = std::mem::replace(&mut self.is_empty, false);
        self.writer.write_all(if is_first { b"{\"blocks\":[\n" } else { b",\n" })
    }
}

impl<W: Write> Export for Json<W> {
    fn block(&mut self, block: &Listed) -> io::Result<()> {
        self.separate()?;
        Ok(serde_json::to_writer(&mut self.writer, block)?)
    }

    fn end(&mut self) -> io::Result<()> {
        if self.is_empty {
            self.writer.write_all(b"{\"blocks\":[")?;
        }
        self.writer.write_all(b"\n]}\n")?;
        self.writer.flush()
    }
}

/// What of a block is read back.
#[derive(Deserialize)]
struct Block {
    network: IpNetwork,
    #[serde(default)]
    until: Option<Timestamp>,
    #[serde(default)]
    reasons: Vec<Reason>,
}

/// A reason of the operator's has a comment.
#[derive(Deserialize)]
struct Reason {
    comment: Option<String>,
}

/// Whether a list under these keys holds blocks: all that is there, or what stands under one key.
pub(super) fn lists(path: &[&str]) -> bool {
    path.len() <= 1
}

/// The network of one object.
pub(super) fn item(object: &str) -> Result<Item, String> {
    let block: Block = serde_json::from_str(object).map_err(|error| error.to_string())?;
    let comment = block.reasons.into_iter().find_map(|reason| reason.comment);
    Ok(Item { network: block.network, expiry: block.until.map(Expiry::At), comment })
}
