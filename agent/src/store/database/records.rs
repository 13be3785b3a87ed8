//! What is recorded, and how it is read back.

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::DatabaseError;
use crate::{
    domain::{FileHash, LogUrl, Post, PostId, Reason, TxId},
    trust::{Belief, Doubt},
};

/// A reason together with the network it blocks.
pub type StoredReason = (IpNetwork, Reason);

/// What became of a post here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum PostState {
    /// This agent's own post.
    Own {
        /// The transaction that made it, where it was sent from here.
        tx: Option<TxId>,
    },
    /// Fetched, verified, blocked.
    Applied {
        /// Why the reporter was believed.
        belief: Belief,
        /// Networks blocked because of it.
        blocked: Vec<IpNetwork>,
        /// What was not blocked, and why.
        refused: Vec<String>,
    },
    /// Remembered, not applied.
    Watched {
        /// Why.
        doubt: Doubt,
    },
    /// Never applied.
    Rejected {
        /// Why.
        doubt: Doubt,
    },
    /// Its log could not be fetched or proves nothing.
    Failed {
        /// What went wrong.
        error: String,
        /// How many more times it will be tried when the ledger shows the post again.
        tries_left: u32,
    },
}

impl PostState {
    /// Whether the decision stands: a log may be served later, and a reporter's karma may rise.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Failed { tries_left: 1.., .. } | Self::Watched { .. })
    }
}

/// A post and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostRecord {
    /// The post as the ledger had it.
    pub post: Post,
    /// When this agent decided.
    pub seen: Timestamp,
    /// Its decision.
    #[serde(flatten)]
    pub state: PostState,
    /// Whether this agent liked it.
    pub liked: bool,
}

/// Something that has to reach the ledger, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "send", rename_all = "lowercase")]
pub enum Outgoing {
    /// A post of this agent's own.
    Publish {
        /// Where the log is served.
        log_url: LogUrl,
        /// What it hashes to.
        file_hash: FileHash,
    },
    /// A like for somebody's post.
    Like {
        /// The post.
        post: Box<Post>,
    },
}

/// Names an item of the outbox.
pub type OutgoingId = i64;

/// One thing to remember or to forget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A block has this reason.
    Reason(IpNetwork, Reason),
    /// A block lost the reason with this key.
    ReasonGone(IpNetwork, String),
    /// A block is over.
    BlockGone(IpNetwork),
    /// What became of a post.
    Post(Box<PostRecord>),
    /// A post of which `liked` holds now.
    Liked(PostId),
    /// How far a source has been digested.
    Position {
        /// The source's name.
        source: String,
        /// The position, as JSON.
        position: String,
    },
    /// Something has to reach the ledger.
    Outgoing(Outgoing),
    /// It did, or never will.
    OutgoingDone(OutgoingId),
}

fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

impl Record {
    pub(super) fn write(&self, to: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Reason(network, reason) => {
                to.prepare_cached("INSERT OR REPLACE INTO reasons VALUES (?1, ?2, ?3, ?4)")?.execute(params![
                    network.to_string(),
                    reason.origin.key(),
                    json(reason)?,
                    reason.until.as_second()
                ])
            }
            Self::ReasonGone(network, key) => to
                .prepare_cached("DELETE FROM reasons WHERE network = ?1 AND key = ?2")?
                .execute(params![network.to_string(), key]),
            Self::BlockGone(network) => {
                to.prepare_cached("DELETE FROM reasons WHERE network = ?1")?.execute([network.to_string()])
            }
            Self::Post(record) => to
                .prepare_cached("INSERT OR REPLACE INTO posts VALUES (?1, ?2, ?3)")?
                .execute(params![record.post.id.to_string(), record.seen.as_second(), json(record)?]),
            Self::Liked(post) => to
                .prepare_cached(
                    "UPDATE posts SET record = json_set(record, '$.liked', json('true')) WHERE id = ?1",
                )?
                .execute([post.to_string()]),
            Self::Position { source, position } => to
                .prepare_cached("INSERT OR REPLACE INTO positions VALUES (?1, ?2)")?
                .execute([source, position]),
            Self::Outgoing(item) => {
                to.prepare_cached("INSERT INTO outbox (item) VALUES (?1)")?.execute([json(item)?])
            }
            Self::OutgoingDone(id) => to.prepare_cached("DELETE FROM outbox WHERE id = ?1")?.execute([id]),
        }
        .map(drop)
    }
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
