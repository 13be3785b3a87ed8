//! How a log source is doing, as the daemon tells and the command line shows.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What lines come out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// A followed file, or a pattern of files.
    File,
    /// The systemd journal.
    Journal,
    /// A socket that other machines or programs send syslog to.
    Syslog,
    /// Packets that the operator's firewall rules log.
    Nflog,
}

/// How one log source is doing since the daemon started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceReport {
    /// Its name: a path, `journald`, `syslog udp 192.0.2.1:514`, `nflog 5`.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// Lines read.
    pub lines: u64,
    /// Lines skipped: too long, undecodable, from a sender that is not allowed, or too many at once.
    pub skipped: u64,
    /// Lines a minute over the last minutes, rounded up: 0 means none at all.
    pub lines_per_minute: u64,
    /// When the last line came.
    pub last_line: Option<Timestamp>,
    /// Hostile events found in its lines.
    pub events: u64,
    /// When the last of them came.
    pub last_event: Option<Timestamp>,
    /// Seconds from the logged time of the last line that tells it until the line was taken up.
    pub lag: Option<u64>,
    /// Set when it used to speak, and has not for much longer than ever in the last days.
    pub silence: Option<Silence>,
    /// What keeps it from reading at the moment.
    pub trouble: Option<String>,
}

/// How long a source has been silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Seconds since its last line.
    pub seconds: u64,
    /// Seconds of the longest pause before, of the last days.
    pub usual_seconds: u64,
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Journal => "journal",
            Self::Syslog => "syslog",
            Self::Nflog => "nflog",
        })
    }
}
