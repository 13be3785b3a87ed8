//! Records -> SQL, and back.

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};

use super::DatabaseError;
use crate::{
    domain::{PostId, Reason},
    record::{Outgoing, OutgoingId, PostRecord, Record},
};

/// A reason together with the network it blocks.
pub type StoredReason = (IpNetwork, Reason);

fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

pub(super) fn write(record: &Record, to: &Connection) -> rusqlite::Result<()> {
    match record {
        Record::Reason(network, reason) => {
            to.prepare_cached("INSERT OR REPLACE INTO reasons VALUES (?1, ?2, ?3, ?4)")?.execute(params![
                network.to_string(),
                reason.origin.key(),
                json(reason)?,
                reason.until.as_second()
            ])
        }
        Record::BlockGone(network) => {
            to.prepare_cached("DELETE FROM reasons WHERE network = ?1")?.execute([network.to_string()])
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
    from.execute("DELETE FROM reasons WHERE until <= ?1", [now.as_second()]).map_err(statement(ACT))?;
    let mut query = from.prepare("SELECT network, reason FROM reasons").map_err(statement(ACT))?;
    let mut rows = query.query([]).map_err(statement(ACT))?;
    let mut reasons = Vec::new();
    while let Some(row) = rows.next().map_err(statement(ACT))? {
        let network: String = row.get(0).map_err(statement(ACT))?;
        let reason: String = row.get(1).map_err(statement(ACT))?;
        reasons.push((decode(ACT, &format!("\"{network}\""))?, decode(ACT, &reason)?));
    }
    Ok(reasons)
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
