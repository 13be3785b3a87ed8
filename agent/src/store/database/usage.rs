//! What peers took from the server.

use rusqlite::{Connection, params};

use super::{
    read::{all, json, parsed},
    write::{self, execute},
};
use crate::record::PeerUsage;

/// What a peer took so far takes the place of what it had taken before.
pub(super) fn write(to: &Connection, usage: &PeerUsage) -> rusqlite::Result<()> {
    let values = params![
        usage.peer.to_string(),
        usage.day,
        i64::try_from(usage.bytes).unwrap_or(i64::MAX),
        write::json(&usage.recent)?,
        usage.signed_until
    ];
    execute(to, "INSERT OR REPLACE INTO usage VALUES (?1, ?2, ?3, ?4, ?5)", values).map(drop)
}

/// What peers took on `day` (days since 1970) and later, or signed a request for after `signed_after` (Unix seconds).
pub(super) fn read(from: &Connection, day: i64, signed_after: i64) -> rusqlite::Result<Vec<PeerUsage>> {
    let sql = "SELECT peer, day, bytes, recent, signed_until FROM usage WHERE day >= ?1 OR signed_until > ?2";
    all(from, sql, [day, signed_after], |row| {
        Ok(PeerUsage {
            peer: parsed(row, 0)?,
            day: row.get(1)?,
            bytes: row.get(2)?,
            recent: json(row, 3)?,
            signed_until: row.get(4)?,
        })
    })
}
