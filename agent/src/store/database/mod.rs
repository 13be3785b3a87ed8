//! What must survive a restart, in one SQLite file (`sqlite3 state.db` shows it).
//!
//! One thread owns the connection. Writes that arrive while a transaction is being committed share the next one
//! (group commit); each caller hears when its own records are on disk.

mod records;
mod schema;
mod worker;

use std::{
    io,
    path::{Path, PathBuf},
};

pub use records::{StoredAllowance, StoredReason};
pub use worker::{Database, Recorded};

/// Why state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The file could not be opened.
    #[error("opening the database {}: {source}", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
    /// The file belongs to something else or to a later version; nothing was changed.
    #[error("the database {} {problem}; it was left as it is", path.display())]
    Schema {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Another agent has the file.
    #[error("another sentinel-agent is using the database {}", path.display())]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// The thread that owns the file could not be started.
    #[error("starting the database thread: {0}")]
    Thread(io::Error),
    /// A statement failed.
    #[error("{act}: {source}")]
    Statement {
        /// What was attempted.
        act: &'static str,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
    /// What is stored cannot be read back.
    #[error("{act}: {source}")]
    Content {
        /// What was attempted.
        act: &'static str,
        /// The decoder's reason.
        source: serde_json::Error,
    },
    /// The commit that would have held these records failed.
    #[error("committing to the database: {0}")]
    Commit(String),
    /// The thread that owns the file is gone.
    #[error("the database was closed")]
    Closed,
}

/// Name of the database inside the state directory.
#[must_use]
pub fn path_in(directory: &Path) -> PathBuf {
    directory.join("state.db")
}

#[cfg(test)]
mod tests;
