//! What this agent spent on the ledger.

use rusqlite::{Connection, params};

use super::{read::one, write::execute};
use crate::record::Spending;

/// What was spent so far on a day takes the place of what had been spent before.
pub(super) fn write(to: &Connection, spending: Spending) -> rusqlite::Result<()> {
    let lamports = i64::try_from(spending.lamports).unwrap_or(i64::MAX);
    execute(to, "INSERT OR REPLACE INTO spending VALUES (?1, ?2)", params![spending.day, lamports]).map(drop)
}

/// That of the last day on which anything was.
pub(super) fn read(from: &Connection) -> rusqlite::Result<Option<Spending>> {
    one(from, "SELECT day, lamports FROM spending ORDER BY day DESC LIMIT 1", [], |row| {
        Ok(Spending { day: row.get(0)?, lamports: row.get(1)? })
    })
}
