//! What the agent decides to remember: values, which the store writes and reads back.

mod figures;
mod outgoing;
mod post;

use std::{net::IpAddr, sync::Arc};

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{AllowTarget, FileHash, HostName, LogId, Offence, Origin, PeerKey, Post, PostId, Reason},
    trust::{Attitude, Dispute, Event},
};

pub use figures::DatabaseFigures;
pub use outgoing::{Affair, Announcement, Outgoing, OutgoingId, Standing};
pub use post::{PostRecord, PostState};

/// What the operator thinks of a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regard {
    /// Of whom.
    pub peer: PeerKey,
    /// What.
    pub attitude: Attitude,
    /// Why, in the operator's words.
    pub comment: String,
    /// Since when.
    pub since: Timestamp,
}

/// Whose evidence a malicious log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "witness", rename_all = "lowercase")]
pub enum Witness {
    /// This agent's own.
    Own,
    /// Another peer's.
    Peer {
        /// Who reported.
        reporter: PeerKey,
        /// The post that led to the log.
        post: PostId,
    },
}

/// What is remembered of a malicious log, also after it had to make room for others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// SHA-256 of the log, which gives its id.
    pub file_hash: FileHash,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many attackers it proves.
    pub attacker_count: u32,
    /// When it was stored here.
    pub stored: Timestamp,
    /// Whose it is.
    #[serde(flatten)]
    pub from: Witness,
    /// When it was evicted; none while it is held.
    pub evicted: Option<Timestamp>,
}

impl Receipt {
    /// The log's id.
    #[must_use]
    pub fn log(&self) -> LogId {
        self.file_hash.log_id()
    }
}

/// What a peer took from this agent's server, as far as a restart must not forget it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerUsage {
    /// Who.
    pub peer: PeerKey,
    /// Days since 1970 (UTC) of the day that `bytes` counts.
    pub day: i64,
    /// Bytes sent that day.
    pub bytes: u64,
    /// Unix seconds of the requests of the last minute, oldest first.
    pub recent: Vec<i64>,
    /// The latest timestamp (Unix seconds) that a request can have been signed with so far.
    pub signed_until: i64,
}

/// What this agent spent on the ledger on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spending {
    /// Days since 1970 (UTC).
    pub day: i64,
    /// Fees and rents.
    pub lamports: u64,
}

/// A peer did not give a log that it should have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerFailure {
    /// Who.
    pub peer: PeerKey,
    /// Where it was asked.
    pub url: String,
    /// What went wrong.
    pub error: String,
    /// When.
    pub at: Timestamp,
}

/// What is remembered of a peer's failures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerFailures {
    /// How many there were.
    pub number: u64,
    /// The latest, newest first.
    pub latest: Vec<PeerFailure>,
}

/// A step of the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockStep {
    /// How far it was set forward.
    pub by: SignedDuration,
    /// Reasons that had ended by then (of the clock before the step) keep their times: they were over before this agent
    /// started, by a clock that may have been wrong.
    pub alive: Timestamp,
}

/// One thing to remember or to forget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A block has this reason.
    Reason(IpNetwork, Reason),
    /// One of its reasons went before its time.
    ReasonGone(IpNetwork, Arc<Origin>),
    /// A block is over.
    BlockGone(IpNetwork),
    /// How a network behaved before.
    Offence(IpNetwork, Offence),
    /// Its bad behaviour is forgotten.
    OffenceForgotten(IpNetwork),
    /// The wall clock was set: the times of blocks and offences move with it.
    ClockSet(ClockStep),
    /// The operator put something on the allowlist.
    Allowed {
        /// What.
        target: AllowTarget,
        /// Why, in the operator's words.
        comment: String,
        /// Since when.
        since: Timestamp,
    },
    /// The operator took it off again.
    Disallowed(AllowTarget),
    /// What a DNS name means from now on.
    NameFound {
        /// The name.
        name: HostName,
        /// Its addresses.
        addresses: Vec<IpAddr>,
        /// Since when.
        at: Timestamp,
    },
    /// Nobody wants to know any more what a name means.
    NameForgotten(HostName),
    /// What became of a post.
    Post(Box<PostRecord>),
    /// A post of which `liked` holds now.
    Liked(PostId),
    /// A post of this agent's own that it has taken back.
    Retracted(PostId),
    /// One that it has ended, then: its rent came back.
    Retired(PostId, Timestamp),
    /// A post of which this agent's like and dispute are closed since then: their rent came back.
    VerdictsClosed(PostId, Timestamp),
    /// What the ledger says now of a post that is remembered.
    PostChanged(Box<Post>),
    /// A copy is announced on the ledger; in the place of the same post's earlier one.
    Announced(Announcement),
    /// It is not, or no longer.
    NotAnnounced(PostId),
    /// A peer did not give a log.
    PeerFailed(PeerFailure),
    /// A malicious log was stored.
    LogStored(Receipt),
    /// It is there no longer; where it was announced on the ledger, it is to be withdrawn.
    LogEvicted {
        /// Which log.
        id: LogId,
        /// When it went.
        at: Timestamp,
    },
    /// What a peer took so far.
    Usage(PeerUsage),
    /// What was spent so far on a day.
    Spent(Spending),
    /// How far a source has been digested.
    Position {
        /// The source's name.
        source: String,
        /// The position, as JSON.
        position: String,
    },
    /// Something happened, then, on which trust depends.
    Trust(Timestamp, Event),
    /// What the operator thinks of a peer from now on.
    Regarded(Regard),
    /// The operator leaves it to the ledger again.
    Disregarded(PeerKey),
    /// A post that is remembered has earned a like, which is queued with it.
    Like(PostId),
    /// A post that is remembered is to be disputed, which is queued with it.
    Dispute(PostId, Dispute),
    /// Something has to reach the ledger.
    Outgoing(Outgoing),
    /// It did, or never will.
    OutgoingDone(OutgoingId),
}

impl Record {
    /// The network that it is about.
    #[must_use]
    pub fn network(&self) -> Option<IpNetwork> {
        match self {
            Self::Reason(network, _)
            | Self::ReasonGone(network, _)
            | Self::BlockGone(network)
            | Self::Offence(network, _)
            | Self::OffenceForgotten(network) => Some(*network),
            _ => None,
        }
    }
}
