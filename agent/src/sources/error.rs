//! What can keep a source from delivering lines.

use std::{
    io::{self, ErrorKind},
    path::PathBuf,
    process::ExitStatus,
};

use super::journal::NotExport;

/// Why a source cannot read at the moment. None of these ends the source, except [`SourceError::Closed`].
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The log file cannot be opened; when it is missing, the source waits for it.
    #[error("cannot open the log {}: {source}", path.display())]
    OpenLog {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The path names a directory, a pipe or a device.
    #[error("cannot follow {}: it is not a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The log file was opened but cannot be read.
    #[error("cannot read the log {}: {source}", path.display())]
    ReadLog {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The log's directory, where its rotated generations lie, cannot be listed.
    #[error("cannot list the log directory {}: {source}", path.display())]
    ListDirectory {
        /// The directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A pattern of files is not one.
    #[error("cannot follow the files {pattern}: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No file fits the pattern (yet).
    #[error("no file fits {pattern}")]
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// More files fit than are followed.
    #[error("more than {limit} files are to be followed: those of {pattern} that came last are left out")]
    TooManyFiles {
        /// The pattern.
        pattern: String,
        /// How many are followed.
        limit: usize,
    },
    /// `journalctl` cannot be started.
    #[error("cannot start journalctl (Debian package systemd): {source}")]
    StartJournalctl {
        /// The system's reason.
        source: io::Error,
    },
    /// The pipe from `journalctl` cannot be read.
    #[error("cannot read from journalctl: {source}")]
    ReadJournal {
        /// The system's reason.
        source: io::Error,
    },
    /// `journalctl` came to its end though it should have gone on, or could not answer.
    #[error("journalctl ended with {status}: {reason}")]
    JournalctlEnded {
        /// How it ended.
        status: ExitStatus,
        /// The last line of what it complained about.
        reason: String,
    },
    /// `journalctl` was asked for one entry and did not answer in time.
    #[error("journalctl did not answer within {seconds} s")]
    JournalctlHangs {
        /// How long it was waited for.
        seconds: u64,
    },
    /// `journalctl` answered with something that is no journal entry.
    #[error("cannot decode what journalctl writes: {source}")]
    DecodeJournal {
        /// What is wrong with it.
        source: NotExport,
    },
    /// A socket for syslog cannot be opened.
    #[error("cannot listen for syslog on {on}: {source}")]
    Listen {
        /// What on.
        on: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The socket for syslog fails.
    #[error("cannot receive syslog on {on}: {source}")]
    Receive {
        /// What on.
        on: String,
        /// The system's reason.
        source: io::Error,
    },
    /// What brings the messages from elsewhere failed.
    #[error("{0}")]
    Feed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Nobody takes the batches any more: the source ends.
    #[error("the receiver of the log lines is gone")]
    Closed,
}

impl SourceError {
    /// Whether the log file is not there (yet).
    pub(super) fn is_missing_log(&self) -> bool {
        matches!(self, Self::OpenLog { source, .. } if source.kind() == ErrorKind::NotFound)
    }
}
