//! Comma-separated values (RFC 4180).

use std::io::{self, Write};

use super::{Export, Item, moment, network};
use crate::{
    cli::{blocks::listed::Listed, output::printable},
    control::Expiry,
};

const HEADER: [&str; 5] = ["network", "source", "since", "until", "reasons"];

/// One block a record, under a header.
pub(super) struct Csv<W: Write> {
    writer: ::csv::Writer<W>,
    is_empty: bool,
}

impl<W: Write> Csv<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer: ::csv::Writer::from_writer(writer), is_empty: true }
    }

    fn begin(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.is_empty, false) {
            return Ok(());
        }
        self.writer.write_record(HEADER).map_err(io_error)
    }
}

impl<W: Write> Export for Csv<W> {
    fn block(&mut self, block: &Listed) -> io::Result<()> {
        self.begin()?;
        let time =
            |moment: Option<jiff::Timestamp>| moment.map(|moment| moment.to_string()).unwrap_or_default();
        let record = [
            block.network.to_string(),
            block.source.as_str().to_owned(),
            time(block.since),
            time(block.until),
            harmless(&printable(&block.why())),
        ];
        self.writer.write_record(record).map_err(io_error)
    }

    fn end(&mut self) -> io::Result<()> {
        self.begin()?;
        self.writer.flush()
    }
}

/// A reader that closed the pipe must stay recognisable.
fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("writing a CSV record: {kind:?}")),
    }
}

/// A spreadsheet takes a field that begins with one of these for a formula, which could do anything
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// The records of a file, under its header.
#[derive(Default)]
pub(super) struct Records(Option<Columns>);

impl Records {
    /// The network of the next line; none of the header.
    pub(super) fn item(&mut self, line: &str) -> Result<Option<Item>, String> {
        match &self.0 {
            _ if line.is_empty() => Ok(None),
            Some(columns) => columns.item(line).map(Some),
            None => {
                self.0 = Some(Columns::of_header(line)?);
                Ok(None)
            }
        }
    }
}

/// Which column holds what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    network: usize,
    until: Option<usize>,
    comment: Option<usize>,
}

impl Columns {
    /// Reads the header; none of ours when no column holds networks.
    pub(super) fn of_header(line: &str) -> Result<Self, String> {
        let names: Vec<String> = fields(line)?.iter().map(|name| name.trim().to_lowercase()).collect();
        let find = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
        let network = find(&["network", "cidr", "ip", "address"])
            .ok_or("the header names no column network, cidr, ip or address")?;
        Ok(Self { network, until: find(&["until"]), comment: find(&["comment", "reason"]) })
    }

    /// The network of one record.
    fn item(&self, line: &str) -> Result<Item, String> {
        let fields = fields(line)?;
        let field = |at: Option<usize>| {
            at.and_then(|at| fields.get(at)).map(str::trim).filter(|text| !text.is_empty() && *text != "-")
        };
        let text = field(Some(self.network)).ok_or("the column of the network is empty")?;
        let until = field(self.until).map(moment).transpose()?;
        let comment = field(self.comment).map(str::to_owned);
        Ok(Item { network: network(text)?, expiry: until.map(Expiry::At), comment })
    }
}

fn fields(line: &str) -> Result<::csv::StringRecord, String> {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(line.len().max(1))
        .from_reader(line.as_bytes());
    let mut record = ::csv::StringRecord::new();
    reader.read_record(&mut record).map_err(|error| error.to_string())?;
    Ok(record)
}
