//! Tables, and the refusal to touch a file that is not ours.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::DatabaseError;

/// "SNTL": marks the file as ours (`PRAGMA application_id`).
const APPLICATION_ID: i32 = 0x534e_544c;

/// Version of the tables below (`PRAGMA user_version`).
const VERSION: i32 = 1;

const TABLES: &str = "
    CREATE TABLE origins (
        id     INTEGER PRIMARY KEY,
        origin TEXT NOT NULL UNIQUE  -- JSON
    );
    CREATE TABLE reasons (
        network TEXT NOT NULL,     -- CIDR, canonical
        origin  INTEGER NOT NULL REFERENCES origins,
        events  INTEGER NOT NULL,
        log     TEXT,              -- id of the malicious log that proves it
        since   INTEGER NOT NULL,  -- Unix milliseconds
        until   INTEGER NOT NULL,  -- Unix milliseconds
        PRIMARY KEY (network, origin)
    ) WITHOUT ROWID;
    CREATE TABLE offences (
        network TEXT PRIMARY KEY,  -- CIDR, canonical
        strikes INTEGER NOT NULL,
        until   INTEGER NOT NULL   -- Unix milliseconds: end of the last block
    ) WITHOUT ROWID;
    CREATE TABLE allowlist (
        target  TEXT PRIMARY KEY,  -- address, CIDR or DNS name
        comment TEXT NOT NULL,
        since   INTEGER NOT NULL   -- Unix milliseconds
    ) WITHOUT ROWID;
    CREATE TABLE posts (
        id     TEXT PRIMARY KEY,   -- base58
        seen   INTEGER NOT NULL,   -- Unix seconds
        record TEXT NOT NULL       -- JSON
    ) WITHOUT ROWID;
    CREATE INDEX posts_by_time ON posts (seen);
    CREATE TABLE positions (
        source   TEXT PRIMARY KEY,
        position TEXT NOT NULL     -- JSON
    ) WITHOUT ROWID;
    CREATE TABLE outbox (
        id   INTEGER PRIMARY KEY AUTOINCREMENT,
        item TEXT NOT NULL         -- JSON
    );
";

/// Opens or creates the database at `path`, exclusively.
pub(super) fn open(path: &Path) -> Result<Connection, DatabaseError> {
    let failed = |source: rusqlite::Error| match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            DatabaseError::InUse { path: path.to_owned() }
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            DatabaseError::Schema { path: path.to_owned(), problem: format!("is damaged ({source})") }
        }
        _ => DatabaseError::Open { path: path.to_owned(), source },
    };
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(Duration::ZERO).map_err(failed)?;
    connection
        .execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
        )
        .map_err(failed)?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive).map_err(failed)?;
    let pragma = |name| transaction.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0));
    let tables: i64 =
        transaction.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).map_err(failed)?;
    let schema = |problem| Err(DatabaseError::Schema { path: path.to_owned(), problem });
    match (tables, pragma("application_id").map_err(failed)?, pragma("user_version").map_err(failed)?) {
        (0, ..) => create(&transaction).map_err(failed)?,
        (_, APPLICATION_ID, VERSION) => {}
        (_, APPLICATION_ID, version) => {
            return schema(format!("has schema version {version}, this agent knows version {VERSION}"));
        }
        _ => return schema("is not a database of sentinel-agent".to_owned()),
    }
    transaction.commit().map_err(failed)?;
    Ok(connection)
}

fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLES)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)
}
