//! Opening the file: ours alone, whole, and of the version that this agent knows, or not touched at all.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, config::DbConfig};

use super::{
    DatabaseError,
    schema::{self, APPLICATION_ID, VERSION},
};

/// How long another program that looks into the file may hold up a write.
const PATIENCE: Duration = Duration::from_secs(2);

/// Statements that are kept prepared.
const STATEMENTS: usize = 64;

/// How the file is written. FULL: a commit has been synced when it returns. The log is folded into the file every 16
/// MiB, and cut to as much after a storm; the cache takes at most 8 MiB.
const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 4096;
    PRAGMA journal_size_limit = 16777216;
    PRAGMA cache_size = -8192;
    PRAGMA mmap_size = 0;
    PRAGMA cell_size_check = ON;
";

/// The one connection to the file.
pub(super) struct OpenFile {
    // The order matters: the lock is let go when the connection is closed.
    pub(super) connection: Connection,
    /// Kept as long as the file is open: no second agent gets in.
    _lock: File,
}

/// Opens or creates the database at `path`.
pub(super) fn open(path: &Path) -> Result<OpenFile, DatabaseError> {
    let lock = lock(path)?;
    let failed = |source| refusal(path, source);
    let (mut connection, version) = connect(path, "NORMAL").or_else(|error| match error {
        // On a full disk there is no room for the index that other programs share; alone it is kept in memory.
        DatabaseError::Statement { .. } => connect(path, "EXCLUSIVE"),
        other => Err(other),
    })?;
    check(path, &connection)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(failed)?;
    connection.execute_batch(PRAGMAS).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    if version < VERSION {
        migrate(&mut connection, version).map_err(|source| match source.sqlite_error_code() {
            Some(ErrorCode::ReadOnly) => DatabaseError::ReadOnly { path: path.to_owned() },
            _ => DatabaseError::Migrate { path: path.to_owned(), from: version, source: Arc::new(source) },
        })?;
    }
    Ok(OpenFile { connection, _lock: lock })
}

/// A connection that has written nothing, and the version of what it found.
fn connect(path: &Path, locking_mode: &str) -> Result<(Connection, i32), DatabaseError> {
    let failed = |source| refusal(path, source);
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    if connection.is_readonly("main").map_err(failed)? {
        return Err(DatabaseError::ReadOnly { path: path.to_owned() });
    }
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    // Until the file is known to be ours, not even closing it may write to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(failed)?;
    connection.pragma_update(None, "locking_mode", locking_mode).map_err(failed)?;
    let version = version(path, &connection)?;
    Ok((connection, version))
}

/// Locks the directory, not the file: whoever closes a file loses all of SQLite's own locks on it.
fn lock(path: &Path) -> Result<File, DatabaseError> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let failed = |source| DatabaseError::Lock { path: directory.clone(), source: Arc::new(source) };
    let lock = File::open(&directory).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(DatabaseError::InUse { path: directory }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// The version of the file's tables, 0 when it has none. Reads only.
fn version(path: &Path, connection: &Connection) -> Result<i32, DatabaseError> {
    let number =
        |sql| connection.query_row(sql, [], |row| row.get(0)).map_err(|source| refusal(path, source));
    let tables: i32 = number("SELECT count(*) FROM sqlite_master")?;
    let path = path.to_owned();
    match (tables, number("PRAGMA application_id")?, number("PRAGMA user_version")?) {
        (0, 0, 0) => Ok(0),
        (1.., APPLICATION_ID, version @ 1..=VERSION) => Ok(version),
        (1.., APPLICATION_ID, found @ 1..) => Err(DatabaseError::Newer { path, found, known: VERSION }),
        _ => Err(DatabaseError::Foreign { path }),
    }
}

/// Refuses a file whose pages contradict each other, before anything is decided by it. A million blocks take 0.3 s, as
/// much as reading them, which comes next and finds the pages in memory.
fn check(path: &Path, connection: &Connection) -> Result<(), DatabaseError> {
    let found: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|source| refusal(path, source))?;
    if found == "ok" {
        return Ok(());
    }
    let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(refusal(path, rusqlite::Error::SqliteFailure(corrupt, Some(found))))
}

fn refusal(path: &Path, source: rusqlite::Error) -> DatabaseError {
    match source.sqlite_error_code() {
        // Its first bytes are not SQLite's.
        Some(ErrorCode::NotADatabase) => DatabaseError::Foreign { path: path.to_owned() },
        Some(ErrorCode::CannotOpen) => {
            DatabaseError::Open { path: path.to_owned(), source: Arc::new(source) }
        }
        _ => DatabaseError::statement(path, "opening", source),
    }
}

/// Brings the tables up to date in one transaction, and into the file itself: whoever loses the log beside it has an
/// older state then, not a file without tables.
fn migrate(connection: &mut Connection, from: i32) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    schema::migrate(&transaction, from)?;
    transaction.commit()?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
