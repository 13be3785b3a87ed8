//! What must survive a restart, in one SQLite file.
//!
//! One thread owns the connection. Writes that arrive while a transaction is being committed share the next one
//! (group commit); each caller hears when its own records have been synced to disk. What the disk does not take (it is
//! full) the callers hear at once too; the thread keeps it, and writes it before anything that comes later.
//!
//! The file can be looked into at any time, also while the agent runs; times in the tables are Unix milliseconds, and
//! views show them as UTC:
//!
//! ```text
//! sqlite3 -readonly -box state.db 'SELECT * FROM blocks'         what is blocked, by whom, until when
//! sqlite3 -readonly -box state.db 'SELECT * FROM block_reasons'  each reason with its origin
//! sqlite3 -readonly -box state.db 'SELECT * FROM offenders'      who comes back, and how often
//! sqlite3 -readonly -box state.db 'SELECT * FROM verdicts'       posts seen, and what became of them
//! sqlite3 -readonly -box state.db 'SELECT * FROM evidence'       malicious logs, evicted ones too
//! sqlite3 -readonly -box state.db 'SELECT * FROM trust'          what was said about whom, and what came of it
//! sqlite3 -readonly -box state.db 'SELECT * FROM attitudes'      peers that the operator pinned or banned
//! sqlite3 -readonly -box state.db 'SELECT * FROM allowed'        the allowlist
//! sqlite3 -readonly -box state.db 'SELECT * FROM names'          what its names meant last
//! sqlite3 -readonly -box state.db 'SELECT * FROM downloads'      what peers took today
//! sqlite3 -readonly -box state.db 'SELECT * FROM announced'      which copies the ledger lists as mirrors
//! sqlite3 -readonly -box state.db 'SELECT * FROM peer_failures'  peers that did not give what they should have
//! sqlite3 -readonly -box state.db 'SELECT * FROM spent'          what acts on the ledger cost, day by day
//! ```
//!
//! `state.db-wal` beside it holds what was committed last: it belongs to the file, and a copy needs both.

mod backlog;
mod error;
mod failures;
mod figures;
mod file;
mod handle;
mod mirrors;
mod outbox;
mod prune;
mod read;
mod rent;
mod scan;
mod schema;
mod spending;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod trust;
mod usage;
mod worker;
mod write;

use std::path::{Path, PathBuf};

pub use error::DatabaseError;
pub use handle::{Database, Recorded};
pub use read::AllowEntry;
pub use scan::{Chunks, StoredReason};

/// What is being attempted when a query fails.
const READING: &str = "reading";
/// What is being attempted when a record cannot be written.
const WRITING: &str = "writing to";

/// Name of the database inside the state directory.
#[must_use]
pub fn path_in(directory: &Path) -> PathBuf {
    directory.join("state.db")
}
