//! The database in numbers.

use rusqlite::Connection;

use super::{Database, DatabaseError, read::all};
use crate::record::DatabaseFigures;

impl Database {
    /// How much it holds. Rows are counted one by one: a second for millions.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn figures(&self) -> Result<DatabaseFigures, DatabaseError> {
        self.read(figures).await
    }
}

fn figures(from: &Connection) -> rusqlite::Result<DatabaseFigures> {
    let number = |pragma: &str| from.query_row(pragma, [], |row| row.get::<_, u64>(0));
    let sql =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let tables: Vec<String> = all(from, sql, [], |row| row.get(0))?;
    // The names are those of the layout, and a name cannot be a parameter.
    let rows = |table: String| Ok((number(&format!("SELECT count(*) FROM \"{table}\""))?, table));
    let rows =
        tables.into_iter().map(rows).map(|row: rusqlite::Result<_>| row.map(|(rows, table)| (table, rows)));
    Ok(DatabaseFigures {
        version: from.query_row("PRAGMA user_version", [], |row| row.get(0))?,
        bytes: number("PRAGMA page_count")?.saturating_mul(number("PRAGMA page_size")?),
        rows: rows.collect::<rusqlite::Result<_>>()?,
    })
}
