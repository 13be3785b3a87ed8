//! Records -> SQL, and back.

use std::{collections::HashMap, error::Error, str::FromStr, sync::Arc};

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use serde::{Serialize, de::DeserializeOwned};

use super::DatabaseError;
use crate::{
    domain::{AllowTarget, Offence, Origin, PostId, Reason},
    record::{Outgoing, OutgoingId, PostRecord, Record},
};

/// A reason together with the network it blocks.
pub type StoredReason = (IpNetwork, Reason);

/// An entry of the allowlist, why, and since when.
pub type StoredAllowance = (AllowTarget, String, Timestamp);

fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

pub(super) fn write(record: &Record, to: &Connection) -> rusqlite::Result<()> {
    match record {
        Record::Reason(network, reason) => {
            let origin = json(&*reason.origin)?;
            to.prepare_cached("INSERT OR IGNORE INTO origins (origin) VALUES (?1)")?.execute([&origin])?;
            to.prepare_cached(
                "INSERT OR REPLACE INTO reasons
                 SELECT ?1, id, ?3, ?4, ?5, ?6 FROM origins WHERE origin = ?2",
            )?
            .execute(params![
                network.to_string(),
                origin,
                reason.events,
                reason.log.map(|log| log.to_string()),
                reason.since.as_millisecond(),
                reason.until.as_millisecond()
            ])
        }
        Record::ReasonGone(network, origin) => to
            .prepare_cached(
                "DELETE FROM reasons
                 WHERE network = ?1 AND origin = (SELECT id FROM origins WHERE origin = ?2)",
            )?
            .execute(params![network.to_string(), json(&**origin)?]),
        Record::BlockGone(network) => {
            to.prepare_cached("DELETE FROM reasons WHERE network = ?1")?.execute([network.to_string()])
        }
        Record::Offence(network, Offence { strikes, until }) => to
            .prepare_cached("INSERT OR REPLACE INTO offences VALUES (?1, ?2, ?3)")?
            .execute(params![network.to_string(), strikes, until.as_millisecond()]),
        Record::OffenceForgotten(network) => {
            to.prepare_cached("DELETE FROM offences WHERE network = ?1")?.execute([network.to_string()])
        }
        Record::ClockSet(by) => {
            let by = i64::try_from(by.as_millis()).unwrap_or_default();
            to.execute("UPDATE reasons SET since = since + ?1, until = until + ?1", [by])?;
            to.execute("UPDATE offences SET until = until + ?1", [by])
        }
        Record::Allowed { target, comment, since } => to
            .prepare_cached("INSERT OR REPLACE INTO allowlist VALUES (?1, ?2, ?3)")?
            .execute(params![target.to_string(), comment, since.as_millisecond()]),
        Record::Disallowed(target) => {
            to.prepare_cached("DELETE FROM allowlist WHERE target = ?1")?.execute([target.to_string()])
        }
        Record::Post(record) => to
            .prepare_cached("INSERT OR REPLACE INTO posts VALUES (?1, ?2, ?3)")?
            .execute(params![record.post.id.to_string(), record.seen.as_second(), json(record)?]),
        Record::Liked(post) => to
            .prepare_cached(
                "UPDATE posts SET record = json_set(record, '$.liked', json('true')) WHERE id = ?1",
            )?
            .execute([post.to_string()]),
        Record::Position { source, position } => {
            to.prepare_cached("INSERT OR REPLACE INTO positions VALUES (?1, ?2)")?.execute([source, position])
        }
        Record::Outgoing(item) => {
            to.prepare_cached("INSERT INTO outbox (item) VALUES (?1)")?.execute([json(item)?])
        }
        Record::OutgoingDone(id) => to.prepare_cached("DELETE FROM outbox WHERE id = ?1")?.execute([id]),
    }
    .map(drop)
}

fn statement(act: &'static str) -> impl Fn(rusqlite::Error) -> DatabaseError {
    move |source| DatabaseError::Statement { act, source }
}

fn decode<T: DeserializeOwned>(act: &'static str, text: &str) -> Result<T, DatabaseError> {
    serde_json::from_str(text).map_err(|source| DatabaseError::Content { act, source })
}

/// All reasons that have not ended by `now`; those that have are deleted.
pub(super) fn reasons(from: &Connection, now: Timestamp) -> Result<Vec<StoredReason>, DatabaseError> {
    const ACT: &str = "reading the blocks";
    from.execute("DELETE FROM reasons WHERE until <= ?1", [now.as_millisecond()]).map_err(statement(ACT))?;
    let mut origins = HashMap::new();
    let mut query = from.prepare("SELECT id, origin FROM origins").map_err(statement(ACT))?;
    let mut rows = query.query([]).map_err(statement(ACT))?;
    while let Some(row) = rows.next().map_err(statement(ACT))? {
        let (id, text): (i64, String) =
            (row.get(0).map_err(statement(ACT))?, row.get(1).map_err(statement(ACT))?);
        origins.insert(id, Arc::new(decode::<Origin>(ACT, &text)?));
    }
    let mut query = from
        .prepare("SELECT network, origin, events, log, since, until FROM reasons")
        .map_err(statement(ACT))?;
    let rows = query.query_map([], |row| stored_reason(row, &origins)).map_err(statement(ACT))?;
    rows.map(|row| row.map_err(statement(ACT))).collect()
}

fn stored_reason(row: &Row<'_>, origins: &HashMap<i64, Arc<Origin>>) -> rusqlite::Result<StoredReason> {
    let origin = origins.get(&row.get(1)?).ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let log: Option<String> = row.get(3)?;
    let reason = Reason {
        origin: Arc::clone(origin),
        events: row.get(2)?,
        log: log.map(|log| parsed(3, &log)).transpose()?,
        since: time(4, row.get(4)?)?,
        until: time(5, row.get(5)?)?,
    };
    Ok((parsed(0, &row.get::<_, String>(0)?)?, reason))
}

fn parsed<T: FromStr<Err: Error + Send + Sync + 'static>>(column: usize, text: &str) -> rusqlite::Result<T> {
    text.parse().map_err(|error| conversion(column, Type::Text, error))
}

fn time(column: usize, milliseconds: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(milliseconds).map_err(|error| conversion(column, Type::Integer, error))
}

fn conversion(column: usize, kind: Type, error: impl Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
}

/// What the operator put on the allowlist while an agent ran.
pub(super) fn allowlist(from: &Connection) -> Result<Vec<StoredAllowance>, DatabaseError> {
    const ACT: &str = "reading the allowlist";
    let mut query = from
        .prepare("SELECT target, comment, since FROM allowlist ORDER BY since")
        .map_err(statement(ACT))?;
    let rows = query
        .query_map([], |row| Ok((parsed(0, &row.get::<_, String>(0)?)?, row.get(1)?, time(2, row.get(2)?)?)))
        .map_err(statement(ACT))?;
    rows.map(|row| row.map_err(statement(ACT))).collect()
}

/// The newest posts, newest first.
pub(super) fn posts(from: &Connection, limit: u32) -> Result<Vec<PostRecord>, DatabaseError> {
    const ACT: &str = "reading the posts";
    let mut query = from
        .prepare_cached("SELECT record FROM posts ORDER BY seen DESC LIMIT ?1")
        .map_err(statement(ACT))?;
    let rows = query.query_map([limit], |row| row.get::<_, String>(0)).map_err(statement(ACT))?;
    rows.map(|text| decode(ACT, &text.map_err(statement(ACT))?)).collect()
}

/// One post.
pub(super) fn post(from: &Connection, id: &PostId) -> Result<Option<PostRecord>, DatabaseError> {
    const ACT: &str = "reading a post";
    let text: Option<String> = from
        .prepare_cached("SELECT record FROM posts WHERE id = ?1")
        .and_then(|mut query| query.query_row([id.to_string()], |row| row.get(0)).optional())
        .map_err(statement(ACT))?;
    text.map(|text| decode(ACT, &text)).transpose()
}

/// How far a source had been digested, as JSON.
pub(super) fn position(from: &Connection, source: &str) -> Result<Option<String>, DatabaseError> {
    from.prepare_cached("SELECT position FROM positions WHERE source = ?1")
        .and_then(|mut query| query.query_row([source], |row| row.get(0)).optional())
        .map_err(statement("reading the position of a source"))
}

/// Everything that has yet to reach the ledger, oldest first.
pub(super) fn outbox(from: &Connection) -> Result<Vec<(OutgoingId, Outgoing)>, DatabaseError> {
    const ACT: &str = "reading the outbox";
    let mut query = from.prepare_cached("SELECT id, item FROM outbox ORDER BY id").map_err(statement(ACT))?;
    let rows =
        query.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).map_err(statement(ACT))?;
    rows.map(|row| {
        let (id, text) = row.map_err(statement(ACT))?;
        Ok((id, decode(ACT, &text)?))
    })
    .collect()
}
