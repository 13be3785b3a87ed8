//! Peers that did not give what they should have: how often, and the latest of it.

use rusqlite::{Connection, params};

use super::read::{all, parsed, time};
use crate::{
    domain::PeerKey,
    record::{PeerFailure, PeerFailures},
};

/// Failures of one peer that are remembered one by one.
const LATEST: i64 = 10;

/// Longest URL and reason that are kept, in characters: strangers wrote into both.
const MAX_TEXT: usize = 500;

/// Adds one, and forgets those of this peer that are too many.
pub(super) fn write(to: &Connection, failure: &PeerFailure) -> rusqlite::Result<()> {
    let PeerFailure { peer, url, error, at } = failure;
    let peer = peer.to_string();
    let kept = |text: &str| text.chars().take(MAX_TEXT).collect::<String>();
    let number: i64 = to
        .prepare_cached(
            "INSERT INTO failures
             SELECT ?1, ifnull(max(number), 0) + 1, ?2, ?3, ?4 FROM failures WHERE peer = ?1
             RETURNING number",
        )?
        .query_row(params![peer, at.as_millisecond(), kept(url), kept(error)], |row| row.get(0))?;
    let mut forget = to.prepare_cached("DELETE FROM failures WHERE peer = ?1 AND number <= ?2")?;
    forget.execute(params![peer, number - LATEST]).map(drop)
}

/// What is remembered of a peer.
pub(super) fn read(from: &Connection, peer: &PeerKey) -> rusqlite::Result<PeerFailures> {
    let sql = "SELECT number, at, url, error FROM failures WHERE peer = ?1 ORDER BY number DESC";
    let rows = all(from, sql, [peer.to_string()], |row| {
        let failure = PeerFailure { peer: *peer, at: time(row, 1)?, url: row.get(2)?, error: row.get(3)? };
        Ok((row.get::<_, u64>(0)?, failure))
    })?;
    let number = rows.first().map_or(0, |(number, _)| *number);
    Ok(PeerFailures { number, latest: rows.into_iter().map(|(_, failure)| failure).collect() })
}

/// How often each peer failed.
pub(super) fn counts(from: &Connection) -> rusqlite::Result<Vec<(PeerKey, u64)>> {
    let sql = "SELECT peer, max(number) FROM failures GROUP BY peer";
    all(from, sql, [], |row| Ok((parsed(row, 0)?, row.get(1)?)))
}
