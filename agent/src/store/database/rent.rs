//! Posts in which this agent's rent lies, and how it comes back.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{
    Chunks, Database,
    read::{all, json},
    scan::{ROWS, Scan},
    write::execute,
};
use crate::{domain::PostId, record::PostRecord};

/// Remembers that a post of this agent's own was taken back.
pub(super) fn retracted(to: &Connection, post: PostId) -> rusqlite::Result<()> {
    let sql = "UPDATE posts SET record = json_set(record, '$.post.retracted', json('true')) WHERE id = ?1";
    execute(to, sql, [post.to_string()]).map(drop)
}

/// Remembers that such a post was ended.
pub(super) fn retired(to: &Connection, post: PostId, at: Timestamp) -> rusqlite::Result<()> {
    let sql = "UPDATE posts SET record = json_set(record, '$.verdict', 'retired', '$.at', ?2)
               WHERE id = ?1 AND verdict = 'own'";
    execute(to, sql, params![post.to_string(), at.to_string()]).map(drop)
}

/// Remembers that this agent's like and dispute of a post were closed.
pub(super) fn verdicts_closed(to: &Connection, post: PostId, at: Timestamp) -> rusqlite::Result<()> {
    let values = params![post.to_string(), at.as_millisecond()];
    execute(to, "UPDATE posts SET closed = ?2 WHERE id = ?1", values).map(drop)
}

impl Database {
    /// The posts in which this agent's rent lies, as far as is remembered, in the order in which they were seen.
    #[must_use]
    pub fn posts_with_rent(&self) -> Chunks<PostRecord> {
        Chunks::new(self.clone(), WithRent::default())
    }
}

/// Posts with rent, piece by piece.
#[derive(Default)]
struct WithRent {
    /// When the last one given was seen, and its id.
    after: (i64, String),
}

impl Scan<PostRecord> for WithRent {
    fn read(&mut self, from: &Connection) -> rusqlite::Result<(Vec<PostRecord>, bool)> {
        let sql = "SELECT seen, id, record FROM posts WHERE rent AND (seen, id) > (?1, ?2) ORDER BY seen, id LIMIT ?3";
        let (seen, id) = std::mem::take(&mut self.after);
        let posts = all(from, sql, params![seen, id, ROWS], |row| {
            self.after = (row.get(0)?, row.get(1)?);
            json(row, 2)
        })?;
        let more = posts.len() == ROWS;
        Ok((posts, more))
    }
}
