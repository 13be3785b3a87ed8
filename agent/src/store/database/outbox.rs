//! What has yet to reach the ledger.

use rusqlite::{Connection, params};

use super::{
    Database, DatabaseError,
    read::{all, json, one, parsed},
    write,
};
use crate::{
    domain::{FileHash, LogUrl},
    record::{Outgoing, OutgoingId},
};

/// Queues something.
pub(super) fn push(to: &Connection, item: &Outgoing) -> rusqlite::Result<()> {
    write::execute(to, "INSERT INTO outbox (item) VALUES (?1)", [write::json(item)?]).map(drop)
}

/// Forgets what is done with.
pub(super) fn remove(to: &Connection, id: OutgoingId) -> rusqlite::Result<()> {
    write::execute(to, "DELETE FROM outbox WHERE id = ?1", [id]).map(drop)
}

impl Database {
    /// What has yet to reach the ledger, oldest first, from behind `after` (0: from the beginning) on.
    ///
    /// # Errors
    /// When it cannot be read; likewise below.
    pub async fn outbox(
        &self,
        after: OutgoingId,
        limit: u32,
    ) -> Result<Vec<(OutgoingId, Outgoing)>, DatabaseError> {
        let sql = "SELECT id, item FROM outbox WHERE id > ?1 ORDER BY id LIMIT ?2";
        self.read(move |from| all(from, sql, params![after, limit], |row| Ok((row.get(0)?, json(row, 1)?))))
            .await
    }

    /// How many have yet to reach the ledger.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub async fn waiting(&self) -> Result<usize, DatabaseError> {
        let sql = "SELECT count(*) FROM outbox";
        self.read(move |from| from.prepare_cached(sql)?.query_row([], |row| row.get(0))).await
    }

    /// Whether this has yet to reach the ledger.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn is_queued(&self, item: Outgoing) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM outbox WHERE item = ?1";
        self.read(move |from| from.prepare_cached(sql)?.exists([write::json(&item)?])).await
    }

    /// Where the post of a log says that it is served; none unless that post has yet to reach the ledger.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn queued_url(&self, log: FileHash) -> Result<Option<LogUrl>, DatabaseError> {
        let sql = "SELECT json_extract(item, '$.log_url') FROM outbox
                   WHERE json_extract(item, '$.file_hash') = ?1 ORDER BY id LIMIT 1";
        self.read(move |from| one(from, sql, [log.to_string()], |row| parsed(row, 0))).await
    }
}
