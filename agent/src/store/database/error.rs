//! What can go wrong with the database.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::ErrorCode;

/// Why state could not be read or written. Whatever it is, the file keeps what was durable before.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The file could not be opened.
    #[error("opening the database {}: {source}", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// SQLite's reason.
        source: Arc<rusqlite::Error>,
    },
    /// The directory could not be locked against a second agent.
    #[error("locking the state directory {}: {source}", path.display())]
    Lock {
        /// Which directory.
        path: PathBuf,
        /// The system's reason.
        source: Arc<io::Error>,
    },
    /// Another agent has the directory.
    #[error("another sentinel-agent is using the state directory {}; stop it first", path.display())]
    InUse {
        /// Which directory.
        path: PathBuf,
    },
    /// Another program is writing to the file.
    #[error("{act} the database {}: another program keeps it locked; let it finish first", path.display())]
    Locked {
        /// Which file.
        path: PathBuf,
        /// What was attempted.
        act: &'static str,
    },
    /// The file, or the file system it is on, cannot be written to.
    #[error("the database {} cannot be written to; look at its permissions and its file system", path.display())]
    ReadOnly {
        /// Which file.
        path: PathBuf,
    },
    /// The file is something else's.
    #[error(
        "{} is not a database of sentinel-agent; it was left as it is: move it away, or set store.directory in the config",
        path.display()
    )]
    Foreign {
        /// Which file.
        path: PathBuf,
    },
    /// A later agent wrote the file.
    #[error(
        "the database {} has schema version {found}, this agent knows versions up to {known}; \
         it was left as it is: run the later agent, or move the file away",
        path.display()
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: i32,
        /// The latest version that this agent knows.
        known: i32,
    },
    /// The file is not what was written to it.
    #[error(
        "{act} the database {}: it is damaged ({source}); it was left as it is: put a copy back, save what can be \
         saved with 'sqlite3 FILE .recover', or move it away to begin with nothing",
        path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What was attempted.
        act: &'static str,
        /// What was found.
        source: Arc<rusqlite::Error>,
    },
    /// An older file could not be brought up to date; it was left as it is.
    #[error("migrating the database {} from schema version {from}: {source}", path.display())]
    Migrate {
        /// Which file.
        path: PathBuf,
        /// Its version.
        from: i32,
        /// SQLite's reason.
        source: Arc<rusqlite::Error>,
    },
    /// The thread that owns the file could not be started.
    #[error("starting the thread of the database {}: {source}", path.display())]
    Thread {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: Arc<io::Error>,
    },
    /// A statement failed; of what it should have written, nothing was.
    #[error("{act} the database {}: {source}", path.display())]
    Statement {
        /// Which file.
        path: PathBuf,
        /// What was attempted.
        act: &'static str,
        /// SQLite's reason.
        source: Arc<rusqlite::Error>,
    },
    /// The thread that owns the file is gone.
    #[error("the database {} was closed", path.display())]
    Closed {
        /// Which file.
        path: PathBuf,
    },
}

impl DatabaseError {
    /// What a failed statement means; `act` reads like "writing to".
    pub(super) fn statement(path: &Path, act: &'static str, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path, act },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Damaged { path, act, source: Arc::new(source) }
            }
            _ => Self::Statement { path, act, source: Arc::new(source) },
        }
    }
}
