//! Files as earlier versions wrote them, for tests.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use rusqlite::Connection;

use super::schema;

/// Makes a file as this version did, with what `sql` adds.
pub(crate) fn of_version(version: usize, path: &Path, sql: &str) {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    for step in &schema::STEPS[..version] {
        connection.execute_batch(step).unwrap();
    }
    connection.pragma_update(None, "application_id", schema::APPLICATION_ID).unwrap();
    connection.pragma_update(None, "user_version", i32::try_from(version).unwrap()).unwrap();
    connection.execute_batch(sql).unwrap();
}
