//! What can go wrong with the logs on disk.

use std::{io, path::PathBuf};

use crate::domain::{FileHash, LogId, TooLarge};

/// Why the log store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory could not be created or listed.
    #[error("opening the log store {}: {source}", path.display())]
    OpenStore {
        /// The store's directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A log could not be written; nothing of it remains.
    #[error("storing log {id} in {}: {source}", path.display())]
    Write {
        /// Which log.
        id: LogId,
        /// The store's directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A stored log could not be read.
    #[error("reading {}: {source}", path.display())]
    Read {
        /// The log's file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The oldest log could not be removed to make room.
    #[error("evicting {}: {source}", path.display())]
    Evict {
        /// The log's file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A stored file has grown beyond what any log can be.
    #[error("reading {}: {source}", path.display())]
    Size {
        /// The log's file.
        path: PathBuf,
        /// Its size.
        source: TooLarge,
    },
    /// A stored file's bytes are no longer those it was named after.
    #[error("{} is damaged: its bytes hash to {found}", path.display())]
    Damaged {
        /// The log's file.
        path: PathBuf,
        /// What its bytes hash to now.
        found: FileHash,
    },
    /// The log alone is larger than the whole store may be.
    #[error("log {id} has {bytes} bytes, but the store may hold only {capacity}")]
    OverCapacity {
        /// Which log.
        id: LogId,
        /// Its size in bytes.
        bytes: u64,
        /// The store's capacity in bytes.
        capacity: u64,
    },
    /// Another log's hash begins with the same 16 digits; the one stored first stays.
    #[error("log {refused} has the same id as {stored}, which is stored already")]
    IdTaken {
        /// The log that was to be stored.
        refused: FileHash,
        /// The log that has the id.
        stored: FileHash,
    },
}
