//! Reading what may be large, a bounded chunk at a time.

use std::{collections::HashMap, sync::Arc};

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use tokio::sync::oneshot;

use super::{
    Database, DatabaseError,
    read::{all, json, optional, parsed, time},
};
use crate::domain::{Offence, Origin, Reason};

/// Rows of a chunk, at the most.
pub(super) const ROWS: usize = 4096;

/// A reason together with the network it blocks.
pub type StoredReason = (IpNetwork, Reason);

/// A table on its way into memory, in the order of the networks' texts. The next chunk is read while the last one is
/// being digested, and other requests have their turn in between.
pub struct Chunks<T> {
    database: Database,
    next: Option<oneshot::Receiver<Result<Chunk<T>, DatabaseError>>>,
}

/// Some rows, and how to go on unless they were the last.
type Chunk<T> = (Vec<T>, Option<Box<dyn Scan<T>>>);

/// A table that is read in pieces.
pub(super) trait Scan<T>: Send {
    /// At most [`ROWS`] rows after those given before, and whether there may be more.
    fn read(&mut self, from: &Connection) -> rusqlite::Result<(Vec<T>, bool)>;
}

impl<T: Send + 'static> Chunks<T> {
    /// Begins to read.
    pub(super) fn new(database: Database, scan: impl Scan<T> + 'static) -> Self {
        let mut chunks = Self { database, next: None };
        chunks.request(Box::new(scan));
        chunks
    }

    /// The next rows; none when all have been given, or after an error.
    pub async fn next(&mut self) -> Option<Result<Vec<T>, DatabaseError>> {
        let chunk = self.next.take()?.await.unwrap_or_else(|_| Err(self.database.closed()));
        Some(chunk.map(|(rows, rest)| {
            if let Some(scan) = rest {
                self.request(scan);
            }
            rows
        }))
    }

    fn request(&mut self, mut scan: Box<dyn Scan<T>>) {
        self.next = Some(self.database.run(super::READING, move |connection, _| {
            let (rows, more) = scan.read(connection)?;
            Ok((rows, more.then_some(scan)))
        }));
    }
}

/// The reasons that have not ended yet, or those that have.
pub(super) struct Reasons {
    now: Timestamp,
    ended: bool,
    /// The last row given: its network and its origin's id.
    after: (String, i64),
    origins: HashMap<i64, Arc<Origin>>,
}

impl Reasons {
    /// Those that end after `now`.
    pub(super) fn after(now: Timestamp) -> Self {
        Self { now, ended: false, after: (String::new(), 0), origins: HashMap::new() }
    }

    /// Those that ended by `now`.
    pub(super) fn ended_by(now: Timestamp) -> Self {
        Self { ended: true, ..Self::after(now) }
    }

    /// The origin with this id, shared by all its reasons.
    fn origin(&mut self, from: &Connection, id: i64) -> rusqlite::Result<Arc<Origin>> {
        if let Some(origin) = self.origins.get(&id) {
            return Ok(Arc::clone(origin));
        }
        let origin: Origin = from
            .prepare_cached("SELECT origin FROM origins WHERE id = ?1")?
            .query_row([id], |row| json(row, 0))?;
        let origin = Arc::new(origin);
        self.origins.insert(id, Arc::clone(&origin));
        Ok(origin)
    }

    fn reason(&mut self, from: &Connection, row: &Row<'_>) -> rusqlite::Result<StoredReason> {
        let reason = Reason {
            origin: self.origin(from, row.get(1)?)?,
            events: row.get(2)?,
            log: optional(row, 3, parsed)?,
            since: time(row, 4)?,
            until: time(row, 5)?,
        };
        Ok((parsed(row, 0)?, reason))
    }
}

impl Scan<StoredReason> for Reasons {
    fn read(&mut self, from: &Connection) -> rusqlite::Result<(Vec<StoredReason>, bool)> {
        let mut query = from.prepare_cached(
            "SELECT network, origin, events, log, since, until FROM reasons
             WHERE (network, origin) > (?1, ?2) ORDER BY network, origin LIMIT ?3",
        )?;
        let mut rows = query.query(params![self.after.0, self.after.1, ROWS])?;
        let (mut reasons, mut seen) = (Vec::with_capacity(ROWS), 0);
        let now = self.now.as_millisecond();
        while let Some(row) = rows.next()? {
            seen += 1;
            if seen == ROWS {
                self.after = (row.get(0)?, row.get(1)?);
            }
            if (row.get::<_, i64>(5)? <= now) == self.ended {
                reasons.push(self.reason(from, row)?);
            }
        }
        Ok((reasons, seen == ROWS))
    }
}

/// How networks behaved before.
#[derive(Default)]
pub(super) struct Offences {
    after: String,
}

impl Scan<(IpNetwork, Offence)> for Offences {
    fn read(&mut self, from: &Connection) -> rusqlite::Result<(Vec<(IpNetwork, Offence)>, bool)> {
        let sql = "SELECT network, strikes, until FROM offences WHERE network > ?1 ORDER BY network LIMIT ?2";
        let after = std::mem::take(&mut self.after);
        let offences = all(from, sql, params![after, ROWS], |row| {
            self.after = row.get(0)?;
            Ok((parsed(row, 0)?, Offence { strikes: row.get(1)?, until: time(row, 2)? }))
        })?;
        let more = offences.len() == ROWS;
        Ok((offences, more))
    }
}
