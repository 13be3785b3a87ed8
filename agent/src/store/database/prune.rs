//! Forgetting what is too old to matter, in pieces between which others have their turn.

use jiff::Timestamp;
use rusqlite::params;

use super::{Database, DatabaseError, READING, WRITING, read::all};

/// Rows that go, or are looked at, in one piece.
const PIECE: usize = 1000;

/// Receipts of logs that were evicted before ?1.
const RECEIPTS: &str =
    "DELETE FROM receipts WHERE log IN (SELECT log FROM receipts WHERE evicted < ?1 LIMIT ?2)";
/// Posts seen before ?1 that no reason names, of whose logs there is no receipt, and in which no rent lies.
const POSTS: &str = "DELETE FROM posts WHERE id IN
    (SELECT id FROM posts WHERE seen < ?1 AND NOT rent
     AND NOT EXISTS (SELECT 1 FROM origins WHERE origins.post = posts.id)
     AND NOT EXISTS (SELECT 1 FROM receipts WHERE receipts.log = posts.log) LIMIT ?2)";
/// What happened before ?1 on which trust depended.
const EVENTS: &str =
    "DELETE FROM trust_events WHERE id IN (SELECT id FROM trust_events WHERE at < ?1 LIMIT ?2)";
/// Failures of peers before ?1.
const FAILURES: &str = "DELETE FROM failures WHERE (peer, number) IN
    (SELECT peer, number FROM failures WHERE at < ?1 LIMIT ?2)";

impl Database {
    /// Deletes the receipts of logs that were evicted before this.
    ///
    /// # Errors
    /// When they cannot be deleted; the pieces before stay deleted. Likewise below.
    pub async fn prune_receipts(&self, evicted_before: Timestamp) -> Result<(), DatabaseError> {
        self.prune(RECEIPTS, evicted_before).await
    }

    /// Deletes the posts that were seen before this, except those that a reason or a receipt rests on, and those in
    /// which this agent's rent lies.
    ///
    /// # Errors
    /// When they cannot be deleted.
    pub async fn prune_posts(&self, seen_before: Timestamp) -> Result<(), DatabaseError> {
        self.prune(POSTS, seen_before).await
    }

    /// Deletes what happened before this on which trust depended.
    ///
    /// # Errors
    /// When it cannot be deleted.
    pub async fn prune_events(&self, before: Timestamp) -> Result<(), DatabaseError> {
        self.prune(EVENTS, before).await
    }

    /// Forgets what peers took before `day` (days since 1970, UTC), unless they signed a request for after
    /// `signed_after` (Unix seconds).
    ///
    /// # Errors
    /// When it cannot be deleted.
    pub async fn prune_usage(&self, day: i64, signed_after: i64) -> Result<(), DatabaseError> {
        let sql = "DELETE FROM usage WHERE day < ?1 AND signed_until <= ?2";
        let pruned = self.run(WRITING, move |connection, writer| {
            writer.transact(connection, |_| connection.prepare_cached(sql)?.execute([day, signed_after]))
        });
        pruned.await.unwrap_or_else(|_| Err(self.closed())).map(drop)
    }

    /// Deletes what peers failed in before this.
    ///
    /// # Errors
    /// When it cannot be deleted.
    pub async fn prune_failures(&self, before: Timestamp) -> Result<(), DatabaseError> {
        self.prune(FAILURES, before).await
    }

    /// Sources whose position was written last before this, in the order of their names after `after`; not all at once.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn quiet_sources(
        &self,
        before: Timestamp,
        after: String,
    ) -> Result<Vec<String>, DatabaseError> {
        let sql = "SELECT source FROM positions WHERE at < ?1 AND source > ?2 ORDER BY source LIMIT ?3";
        let values = (before.as_millisecond(), after, PIECE);
        let found = self.run(READING, move |connection, _| all(connection, sql, values, |row| row.get(0)));
        found.await.unwrap_or_else(|_| Err(self.closed()))
    }

    /// Forgets the positions of these sources that were written last before this.
    ///
    /// # Errors
    /// When they cannot be deleted.
    pub async fn prune_positions(
        &self,
        sources: Vec<String>,
        before: Timestamp,
    ) -> Result<(), DatabaseError> {
        let sql = "DELETE FROM positions WHERE source = ?1 AND at < ?2";
        let before = before.as_millisecond();
        let pruned = self.run(WRITING, move |connection, writer| {
            writer.transact(connection, |_| {
                let mut delete = connection.prepare_cached(sql)?;
                sources.iter().try_for_each(|source| delete.execute(params![source, before]).map(drop))
            })
        });
        pruned.await.unwrap_or_else(|_| Err(self.closed()))
    }

    async fn prune(&self, sql: &'static str, before: Timestamp) -> Result<(), DatabaseError> {
        let before = before.as_millisecond();
        loop {
            let piece = self.run(WRITING, move |connection, writer| {
                writer
                    .transact(connection, |_| connection.prepare_cached(sql)?.execute(params![before, PIECE]))
            });
            if piece.await.unwrap_or_else(|_| Err(self.closed()))? < PIECE {
                return Ok(());
            }
        }
    }
}
