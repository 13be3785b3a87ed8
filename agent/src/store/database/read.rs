//! SQL -> what was recorded.

use std::{collections::BTreeMap, error::Error, net::IpAddr, str::FromStr};

use jiff::Timestamp;
use rusqlite::{
    Connection, OptionalExtension, Params, Row, params,
    types::{Type, ValueRef},
};
use serde::de::DeserializeOwned;

use crate::{
    domain::{AllowTarget, HostName, LogId, PeerKey, PostId},
    record::{PostRecord, Receipt, Witness},
};

/// An entry of the operator's allowlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowEntry {
    /// What is never blocked.
    pub target: AllowTarget,
    /// Why, in the operator's words.
    pub comment: String,
    /// Since when.
    pub since: Timestamp,
}

/// The newest posts, newest first.
pub(super) fn posts(from: &Connection, limit: u32) -> rusqlite::Result<Vec<PostRecord>> {
    all(from, "SELECT record FROM posts ORDER BY seen DESC LIMIT ?1", [limit], |row| json(row, 0))
}

/// One post.
pub(super) fn post(from: &Connection, id: PostId) -> rusqlite::Result<Option<PostRecord>> {
    one(from, "SELECT record FROM posts WHERE id = ?1", [id.to_string()], |row| json(row, 0))
}

/// The posts that published a log, oldest first.
pub(super) fn posts_of_log(from: &Connection, log: LogId) -> rusqlite::Result<Vec<PostRecord>> {
    let sql = "SELECT record FROM posts WHERE log = ?1 ORDER BY seen";
    all(from, sql, [log.to_string()], |row| json(row, 0))
}

/// What is remembered of a malicious log.
pub(super) fn receipt(from: &Connection, log: LogId) -> rusqlite::Result<Option<Receipt>> {
    let sql = "SELECT file_hash, bytes, attackers, stored, reporter, post, evicted
               FROM receipts WHERE log = ?1";
    one(from, sql, [log.to_string()], |row| {
        Ok(Receipt {
            file_hash: parsed(row, 0)?,
            bytes: row.get(1)?,
            attacker_count: row.get(2)?,
            stored: time(row, 3)?,
            from: match optional(row, 4, parsed)? {
                None => Witness::Own,
                Some(reporter) => Witness::Peer { reporter, post: parsed(row, 5)? },
            },
            evicted: optional(row, 6, time)?,
        })
    })
}

/// The logs that were stored and, by what was recorded, not evicted.
pub(super) fn held_logs(from: &Connection) -> rusqlite::Result<Vec<LogId>> {
    all(from, "SELECT log FROM receipts WHERE evicted IS NULL", [], |row| parsed(row, 0))
}

/// The next log that `owner` stored of its own and has not posted, in the order of the ids.
pub(super) fn unposted_log(
    from: &Connection,
    owner: PeerKey,
    after: Option<LogId>,
) -> rusqlite::Result<Option<LogId>> {
    let sql = "SELECT log FROM receipts
               WHERE evicted IS NULL AND reporter IS NULL AND log > ?1
                 AND NOT EXISTS (SELECT 1 FROM posts WHERE posts.log = receipts.log AND posts.owner = ?2)
               ORDER BY log LIMIT 1";
    let after = after.map(|log| log.to_string()).unwrap_or_default();
    one(from, sql, params![after, owner.to_string()], |row| parsed(row, 0))
}

/// The operator's allowlist, in the order of its targets.
pub(super) fn allowlist(from: &Connection) -> rusqlite::Result<Vec<AllowEntry>> {
    all(from, "SELECT target, comment, since FROM allowlist ORDER BY target", [], |row| {
        Ok(AllowEntry { target: parsed(row, 0)?, comment: row.get(1)?, since: time(row, 2)? })
    })
}

/// What names meant last.
pub(super) fn names(from: &Connection) -> rusqlite::Result<BTreeMap<HostName, Vec<IpAddr>>> {
    let names =
        all(from, "SELECT name, addresses FROM answers", [], |row| Ok((parsed(row, 0)?, json(row, 1)?)))?;
    Ok(names.into_iter().collect())
}

/// How far a source had been digested, as JSON.
pub(super) fn position(from: &Connection, source: &str) -> rusqlite::Result<Option<String>> {
    one(from, "SELECT position FROM positions WHERE source = ?1", [source], |row| row.get(0))
}

/// Every row of a query, decoded.
pub(super) fn all<T>(
    from: &Connection,
    sql: &str,
    values: impl Params,
    decode: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    from.prepare_cached(sql)?.query_map(values, decode)?.collect()
}

/// The one row of a query, decoded, if there is one.
pub(super) fn one<T>(
    from: &Connection,
    sql: &str,
    values: impl Params,
    decode: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    from.prepare_cached(sql)?.query_row(values, decode).optional()
}

/// A column that holds JSON.
pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?)
        .map_err(|error| undecodable(column, Type::Text, error))
}

/// A column that holds a value's text.
pub(super) fn parsed<T: FromStr<Err: Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    row.get_ref(column)?.as_str()?.parse().map_err(|error| undecodable(column, Type::Text, error))
}

/// A column that may hold nothing.
pub(super) fn optional<T>(
    row: &Row<'_>,
    column: usize,
    decode: impl FnOnce(&Row<'_>, usize) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => decode(row, column).map(Some),
    }
}

/// A column that holds Unix milliseconds.
pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(row.get(column)?).map_err(|error| undecodable(column, Type::Integer, error))
}

fn undecodable(column: usize, kind: Type, error: impl Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
}
