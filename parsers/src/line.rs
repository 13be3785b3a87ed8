//! One line of a log: its banner, and the message of the program that wrote it.

use crate::{Timestamp, banner};

/// A log line, taken apart. Whatever the line is, everything that is not understood is its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Line<'a> {
    /// When it was written, if it says so.
    pub timestamp: Option<Timestamp>,
    /// The host that wrote it.
    pub host: Option<&'a [u8]>,
    /// The program that wrote it, without its path taken off: `sshd`, `/usr/sbin/sshd`, `ssh.service`.
    pub program: Option<&'a [u8]>,
    /// Its process id.
    pub pid: Option<u32>,
    /// The structured data of RFC 5424, without its outer brackets: the relays' own words, such as their addresses.
    pub data: Option<&'a [u8]>,
    /// What it wrote, without the line's end.
    pub message: &'a [u8],
    /// Whether the message is of a format with a time of its own inside: a line of an access log, or a JSON object.
    pub is_record: bool,
}

impl<'a> Line<'a> {
    /// Takes a line apart, in whatever format it is: BSD syslog (RFC 3164) with or without host, year and fraction,
    /// rsyslog's ISO 8601, RFC 5424, journalctl's short formats, the times that daemons write themselves (ctime,
    /// `Y/m/d`, Unix seconds, TAI64N), or a bare message. Lines of access logs and JSON objects are messages as a
    /// whole, and their time is found inside. `\n` or `\r\n` at the end is cut. Never fails: a line in no known
    /// format is a message without a banner.
    #[must_use]
    pub fn parse(raw: &'a [u8]) -> Self {
        let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        banner::line(raw)
    }

    /// A message without a banner, as journald keeps it.
    #[must_use]
    pub const fn bare(message: &'a [u8]) -> Self {
        Self { timestamp: None, host: None, program: None, pid: None, data: None, message, is_record: false }
    }
}

#[cfg(test)]
mod tests;
