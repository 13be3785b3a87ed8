//! Records -> SQL.

use std::{net::IpAddr, sync::Arc};

use hashlink::LruCache;
use ipnetwork::IpNetwork;
use jiff::Timestamp;
use rusqlite::{Connection, ToSql, Transaction, TransactionBehavior, params};
use serde::Serialize;

use super::{failures, mirrors, outbox, rent, spending, trust, usage};
use crate::{
    domain::{AllowTarget, HostName, LogId, Offence, Origin, Post, PostId, Reason},
    record::{ClockStep, PostRecord, Receipt, Record, Witness},
};

/// Origins whose ids are at hand: a storm has few, each of many networks.
const ORIGINS: usize = 1024;

/// Writes records; knows the ids of the origins it met last.
pub(super) struct Writer {
    origins: LruCache<Arc<Origin>, i64>,
}

impl Default for Writer {
    fn default() -> Self {
        Self { origins: LruCache::new(ORIGINS) }
    }
}

impl Writer {
    /// Does all of `work` in one transaction, or nothing of it. It is on disk when this returns.
    pub(super) fn transact<T>(
        &mut self,
        connection: &Connection,
        work: impl FnOnce(&mut Self) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let result = work(self).and_then(|done| {
            if execute(&transaction, "DELETE FROM origins WHERE uses = 0", [])? > 0 {
                self.origins.clear();
            }
            transaction.commit()?;
            Ok(done)
        });
        if result.is_err() {
            // The ids may be those of rows that were taken back.
            self.origins.clear();
        }
        result
    }

    /// Writes one record, as part of a transaction.
    pub(super) fn write(&mut self, to: &Connection, record: &Record) -> rusqlite::Result<()> {
        match record {
            Record::Reason(network, reason) => self.reason(to, network, reason),
            Record::ReasonGone(network, origin) => self.reason_gone(to, network, origin),
            Record::BlockGone(network) => {
                execute(to, "DELETE FROM reasons WHERE network = ?1", [network.to_string()]).map(drop)
            }
            Record::Offence(network, offence) => write_offence(to, network, offence),
            Record::OffenceForgotten(network) => {
                execute(to, "DELETE FROM offences WHERE network = ?1", [network.to_string()]).map(drop)
            }
            Record::ClockSet(step) => move_times(to, step),
            Record::NameFound { name, addresses, at } => write_answer(to, name, addresses, *at),
            Record::NameForgotten(name) => {
                execute(to, "DELETE FROM answers WHERE name = ?1", [name.to_string()]).map(drop)
            }
            Record::Post(record) => write_post(to, record),
            Record::Liked(post) => write_like(to, post),
            Record::PostChanged(post) => write_change(to, post),
            Record::Retracted(post) => rent::retracted(to, *post),
            Record::Retired(post, at) => rent::retired(to, *post, *at),
            Record::VerdictsClosed(post, at) => rent::verdicts_closed(to, *post, *at),
            Record::Announced(announcement) => mirrors::write(to, announcement),
            Record::NotAnnounced(post) => mirrors::forget(to, *post),
            Record::LogStored(receipt) => write_receipt(to, receipt),
            Record::LogEvicted { id, at } => write_eviction(to, *id, *at),
            Record::Allowed { target, comment, since } => write_allowed(to, target, comment, *since),
            Record::Disallowed(target) => {
                execute(to, "DELETE FROM allowlist WHERE target = ?1", [target.to_string()]).map(drop)
            }
            Record::Usage(usage) => usage::write(to, usage),
            Record::Spent(spent) => spending::write(to, *spent),
            Record::Position { source, position } => {
                let sql = "INSERT OR REPLACE INTO positions VALUES (?1, ?2, unixepoch() * 1000)";
                execute(to, sql, [source, position]).map(drop)
            }
            Record::Trust(at, event) => trust::write(to, *at, event),
            Record::Regarded(regard) => trust::write_regard(to, regard),
            Record::Disregarded(peer) => trust::forget_regard(to, peer),
            Record::Like(post) => trust::like(to, post),
            Record::Dispute(post, dispute) => trust::dispute(to, post, dispute),
            Record::Outgoing(item) => outbox::push(to, item),
            Record::PeerFailed(failure) => failures::write(to, failure),
            Record::OutgoingDone(id) => outbox::remove(to, *id),
        }
    }

    fn reason(&mut self, to: &Connection, network: &IpNetwork, reason: &Reason) -> rusqlite::Result<()> {
        let origin = match self.origins.get(&reason.origin) {
            Some(id) => *id,
            None => {
                let text = json(&*reason.origin)?;
                execute(to, "INSERT OR IGNORE INTO origins (origin) VALUES (?1)", [&text])?;
                let id = to
                    .prepare_cached("SELECT id FROM origins WHERE origin = ?1")?
                    .query_row([&text], |row| row.get(0))?;
                self.origins.insert(Arc::clone(&reason.origin), id);
                id
            }
        };
        execute(
            to,
            "INSERT INTO reasons VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET
             events = excluded.events, log = excluded.log, since = excluded.since, until = excluded.until",
            params![
                network.to_string(),
                origin,
                reason.events,
                reason.log.map(|log| log.to_string()),
                reason.since.as_millisecond(),
                reason.until.as_millisecond()
            ],
        )
        .map(drop)
    }

    fn reason_gone(&mut self, to: &Connection, network: &IpNetwork, origin: &Origin) -> rusqlite::Result<()> {
        execute(
            to,
            "DELETE FROM reasons
             WHERE network = ?1 AND origin = (SELECT id FROM origins WHERE origin = ?2)",
            params![network.to_string(), json(origin)?],
        )
        .map(drop)
    }
}

pub(super) fn execute(to: &Connection, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<usize> {
    to.prepare_cached(sql)?.execute(values)
}

pub(super) fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn write_answer(
    to: &Connection,
    name: &HostName,
    addresses: &[IpAddr],
    at: Timestamp,
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO answers VALUES (?1, ?2, ?3)";
    execute(to, sql, params![name.to_string(), json(&addresses)?, at.as_millisecond()]).map(drop)
}

fn write_allowed(
    to: &Connection,
    target: &AllowTarget,
    comment: &str,
    since: Timestamp,
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO allowlist VALUES (?1, ?2, ?3)";
    execute(to, sql, params![target.to_string(), comment, since.as_millisecond()]).map(drop)
}

fn write_eviction(to: &Connection, id: LogId, at: Timestamp) -> rusqlite::Result<()> {
    let sql = "UPDATE receipts SET evicted = ?2 WHERE log = ?1 AND evicted IS NULL";
    execute(to, sql, params![id.to_string(), at.as_millisecond()])?;
    mirrors::withdraw(to, id)
}

fn write_offence(to: &Connection, network: &IpNetwork, offence: &Offence) -> rusqlite::Result<()> {
    let Offence { strikes, until } = offence;
    let values = params![network.to_string(), strikes, until.as_millisecond()];
    execute(to, "INSERT OR REPLACE INTO offences VALUES (?1, ?2, ?3)", values).map(drop)
}

fn move_times(to: &Connection, step: &ClockStep) -> rusqlite::Result<()> {
    let by = i64::try_from(step.by.as_millis()).unwrap_or_default();
    let sql = "UPDATE reasons SET since = since + ?1, until = until + ?1 WHERE until > ?2";
    execute(to, sql, [by, step.alive.as_millisecond()])?;
    execute(to, "UPDATE offences SET until = until + ?1", [by]).map(drop)
}

fn write_post(to: &Connection, record: &PostRecord) -> rusqlite::Result<()> {
    let values = params![record.post.id.to_string(), record.seen.as_millisecond(), json(record)?];
    execute(to, "INSERT OR REPLACE INTO posts (id, seen, record) VALUES (?1, ?2, ?3)", values).map(drop)
}

fn write_like(to: &Connection, post: &PostId) -> rusqlite::Result<()> {
    let sql = "UPDATE posts SET record = json_set(record, '$.liked', json('true')) WHERE id = ?1";
    execute(to, sql, [post.to_string()]).map(drop)
}

fn write_change(to: &Connection, post: &Post) -> rusqlite::Result<()> {
    let likes = i64::try_from(post.likes).unwrap_or(i64::MAX);
    let disputes = i64::try_from(post.disputes).unwrap_or(i64::MAX);
    let cycle = i64::try_from(post.cycle).unwrap_or(i64::MAX);
    let sql = "UPDATE posts SET record = json_set(record, '$.post.likes', ?2, '$.post.disputes', ?3,
                   '$.post.retracted', json(?4), '$.post.mirrors', json(?5), '$.post.cycle', ?6) WHERE id = ?1";
    let (retracted, mirrors) = (json(&post.retracted)?, json(&post.mirrors)?);
    let values = params![post.id.to_string(), likes, disputes, retracted, mirrors, cycle];
    execute(to, sql, values).map(drop)
}

/// A log that comes back after it was evicted keeps whose it was.
fn write_receipt(to: &Connection, receipt: &Receipt) -> rusqlite::Result<()> {
    let (reporter, post) = match receipt.from {
        Witness::Own => (None, None),
        Witness::Peer { reporter, post } => (Some(reporter.to_string()), Some(post.to_string())),
    };
    let bytes = i64::try_from(receipt.bytes).unwrap_or(i64::MAX);
    let evicted = receipt.evicted.map(|at| at.as_millisecond());
    let values: [&dyn ToSql; 8] = [
        &receipt.log().to_string(),
        &receipt.file_hash.to_string(),
        &bytes,
        &receipt.attacker_count,
        &receipt.stored.as_millisecond(),
        &reporter,
        &post,
        &evicted,
    ];
    execute(
        to,
        "INSERT INTO receipts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE SET stored = excluded.stored, evicted = excluded.evicted
         WHERE evicted IS NOT NULL",
        values,
    )
    .map(drop)
}
