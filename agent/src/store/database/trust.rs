//! What happened on which trust depends, what the ledger said of peers, and what the operator thinks of them.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{
    Chunks, Database, DatabaseError,
    read::{all, json, parsed, time},
    scan::{ROWS, Scan},
    write::{self, execute},
};
use crate::{
    domain::{Karma, PeerKey, PostId},
    record::Regard,
    trust::{Dispute, Event, Member},
};

/// Remembers that something happened.
pub(super) fn write(to: &Connection, at: Timestamp, event: &Event) -> rusqlite::Result<()> {
    let values = params![at.as_millisecond(), write::json(event)?];
    execute(to, "INSERT INTO trust_events (at, event) VALUES (?1, ?2)", values)?;
    match event {
        Event::Learned { peer, is: Some(Member { karma, active }), .. } => {
            let karma = i64::try_from(karma.0).unwrap_or(i64::MAX);
            let values = params![peer.to_string(), karma, active];
            execute(to, "INSERT OR REPLACE INTO members VALUES (?1, ?2, ?3)", values).map(drop)
        }
        Event::Learned { peer, is: None, .. } => {
            execute(to, "DELETE FROM members WHERE peer = ?1", [peer.to_string()]).map(drop)
        }
        _ => Ok(()),
    }
}

/// Remembers what the operator thinks of a peer.
pub(super) fn write_regard(to: &Connection, regard: &Regard) -> rusqlite::Result<()> {
    let Regard { peer, attitude, comment, since } = regard;
    let attitude = write::json(attitude)?;
    let values = params![peer.to_string(), attitude.trim_matches('"'), comment, since.as_millisecond()];
    execute(to, "INSERT OR REPLACE INTO regards VALUES (?1, ?2, ?3, ?4)", values).map(drop)
}

/// Forgets it.
pub(super) fn forget_regard(to: &Connection, peer: &PeerKey) -> rusqlite::Result<()> {
    execute(to, "DELETE FROM regards WHERE peer = ?1", [peer.to_string()]).map(drop)
}

/// Queues a like for a post that is remembered.
pub(super) fn like(to: &Connection, post: &PostId) -> rusqlite::Result<()> {
    let sql = "INSERT INTO outbox (item)
               SELECT json_object('send', 'like', 'post', json_extract(record, '$.post')) FROM posts WHERE id = ?1";
    execute(to, sql, [post.to_string()]).map(drop)
}

/// Disputes of one reporter's posts within a day: by the usual rules of a network so many bring this agent's opinion from the
/// best to the worst, and each costs a fee.
const DISPUTES_A_DAY: u32 = 4;

/// Remembers why a post is disputed that is remembered and was not disputed before, and queues that, unless enough of the
/// reporter's were within a day.
pub(super) fn dispute(to: &Connection, post: &PostId, dispute: &Dispute) -> rusqlite::Result<()> {
    let sql = "INSERT INTO outbox (item)
               SELECT json_object('send', 'dispute', 'post', json_extract(record, '$.post')) FROM posts
               WHERE id = ?1 AND json_extract(record, '$.disputed') IS NULL AND ?2 >
                   (SELECT count(*) FROM posts others WHERE others.owner = posts.owner
                    AND others.seen > posts.seen - 86400000 AND json_extract(others.record, '$.is_dispute_queued') = 1)";
    let is_queued = execute(to, sql, params![post.to_string(), DISPUTES_A_DAY])? > 0;
    let sql =
        "UPDATE posts SET record = json_set(record, '$.disputed', json(?2), '$.is_dispute_queued', json(?3))
               WHERE id = ?1 AND json_extract(record, '$.disputed') IS NULL";
    execute(to, sql, params![post.to_string(), write::json(dispute)?, write::json(&is_queued)?]).map(drop)
}

impl Database {
    /// What happened since then, the oldest first.
    #[must_use]
    pub fn events(&self, since: Timestamp) -> Chunks<(Timestamp, Event)> {
        Chunks::new(self.clone(), Events { since, after: 0 })
    }

    /// What the ledger said last of each of its peers.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn members(&self) -> Result<Vec<(PeerKey, Member)>, DatabaseError> {
        self.read(|from| {
            all(from, "SELECT peer, karma, active FROM members", [], |row| {
                let karma = u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
                Ok((parsed(row, 0)?, Member { karma: Karma(karma), active: row.get(2)? }))
            })
        })
        .await
    }

    /// What the operator thinks of peers, said while an agent ran.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn regards(&self) -> Result<Vec<Regard>, DatabaseError> {
        self.read(|from| {
            let sql = "SELECT peer, json_quote(attitude), comment, since FROM regards ORDER BY since";
            all(from, sql, [], |row| {
                Ok(Regard {
                    peer: parsed(row, 0)?,
                    attitude: json(row, 1)?,
                    comment: row.get(2)?,
                    since: time(row, 3)?,
                })
            })
        })
        .await
    }
}

/// What happened, piece by piece.
struct Events {
    since: Timestamp,
    /// The last one given.
    after: i64,
}

impl Scan<(Timestamp, Event)> for Events {
    fn read(&mut self, from: &Connection) -> rusqlite::Result<(Vec<(Timestamp, Event)>, bool)> {
        let sql = "SELECT id, at, event FROM trust_events WHERE id > ?1 AND at >= ?2 ORDER BY id LIMIT ?3";
        let (after, since) = (self.after, self.since.as_millisecond());
        let events = all(from, sql, params![after, since, ROWS], |row| {
            self.after = row.get(0)?;
            Ok((time(row, 1)?, json(row, 2)?))
        })?;
        let more = events.len() == ROWS;
        Ok((events, more))
    }
}
