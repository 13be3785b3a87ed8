//! The versions of the tables, and how a file comes from one to the next.

use rusqlite::Connection;

/// "SNTL": marks the file as ours (`PRAGMA application_id`).
pub(super) const APPLICATION_ID: i32 = 0x534e_544c;

/// What leads from each version to the next; a new file takes all steps, so that it cannot differ from a migrated one.
pub(super) const STEPS: [&str; 9] = [
    include_str!("v1.sql"),
    include_str!("v2.sql"),
    include_str!("v3.sql"),
    include_str!("v4.sql"),
    include_str!("v5.sql"),
    include_str!("v6.sql"),
    include_str!("v7.sql"),
    include_str!("v8.sql"),
    include_str!("v9.sql"),
];

/// The version that this agent reads and writes (`PRAGMA user_version`).
pub(super) const VERSION: i32 = STEPS.len() as i32;

/// Takes the steps from `version` on. The caller's transaction makes it all or nothing.
pub(super) fn migrate(connection: &Connection, version: i32) -> rusqlite::Result<()> {
    for step in STEPS.iter().skip(usize::try_from(version).unwrap_or_default()) {
        connection.execute_batch(step)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)
}
