//! Blocks: decisions to drop a network, each with its reasons.

use std::sync::Arc;

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{FileHash, Karma, LogId, PeerKey, PostId};

/// What a block drops (SECURITY.md: what a stranger's word can do at most).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Only what comes in uninvited: answers to our own connections still pass.
    Inbound,
    /// Everything from that network.
    All,
}

/// How many elements of one kind the kernel holds or must hold: those with one scope, family and prefix length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Population {
    /// What its elements drop.
    pub scope: Scope,
    /// Whether they are IPv4 networks, or else IPv6.
    pub ipv4: bool,
    /// Their prefix length.
    pub prefix: u8,
    /// How many there are.
    pub elements: usize,
}

/// What the kernel dropped of one scope and family, since the table was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Which packets of the blocked networks these are.
    pub scope: Scope,
    /// Whether they are IPv4.
    pub ipv4: bool,
    /// How many.
    pub packets: u64,
    /// Their bytes, network headers included.
    pub bytes: u64,
}

/// Where a reason came from: what all networks share that were blocked on the same ground.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "lowercase")]
pub enum Origin {
    /// This agent's own detector.
    Local {
        /// Which detector counted it.
        detector: String,
        /// The daemon that was attacked.
        service: String,
        /// Whether the address is only claimed: a forged packet would do.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        claimed: bool,
    },
    /// Another peer's post.
    Peer {
        /// The post.
        post: PostId,
        /// Who reported.
        reporter: PeerKey,
        /// The reporter's karma when the post was applied.
        karma: Karma,
        /// The malicious log, by its hash.
        file_hash: FileHash,
    },
    /// The operator.
    Manual {
        /// Why, in the operator's words.
        comment: String,
    },
}

/// The three classes of reasons, as `blocks list` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceClass {
    /// At least one peer's post, nothing else.
    Peer,
    /// The operator.
    Manual,
    /// This agent's own detectors.
    Local,
}

impl SourceClass {
    /// The name in tables and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Peer => "peer",
            Self::Manual => "manual",
        }
    }
}

impl Origin {
    /// Which class the reason belongs to.
    #[must_use]
    pub fn class(&self) -> SourceClass {
        match self {
            Self::Local { .. } => SourceClass::Local,
            Self::Peer { .. } => SourceClass::Peer,
            Self::Manual { .. } => SourceClass::Manual,
        }
    }
}

impl Origin {
    /// What a reason drops, given what a peer's does. What is only claimed can be said of anybody, so it drops no more
    /// than what comes in uninvited.
    #[must_use]
    pub fn scope(&self, of_peers: Scope) -> Scope {
        match self {
            Self::Local { claimed: true, .. } => Scope::Inbound,
            Self::Local { .. } | Self::Manual { .. } => Scope::All,
            Self::Peer { .. } => of_peers,
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local { detector, .. } => f.write_str(detector),
            Self::Peer { reporter, karma, .. } => write!(f, "reported by {reporter} (karma {karma})"),
            Self::Manual { comment } if comment.is_empty() => f.write_str("by the operator"),
            Self::Manual { comment } => write!(f, "by the operator: {comment}"),
        }
    }
}

/// One reason for a block. Reasons of one network with the same origin are the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Where it came from. Shared, since one post may accuse many networks.
    #[serde(flatten)]
    pub origin: Arc<Origin>,
    /// Hostile events that were counted; 0 when the operator needed none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub events: u32,
    /// The malicious log by which this agent proves its own reason, once written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogId>,
    /// When it was first given.
    pub since: Timestamp,
    /// When it ends.
    pub until: Timestamp,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_zero(events: &u32) -> bool {
    *events == 0
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.origin.fmt(f)?;
        if self.events == 0 { Ok(()) } else { write!(f, ": {} events", self.events) }
    }
}

/// How a network behaved before: who attacks again after a block is blocked for longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offence {
    /// Blocks that its attacks brought it, one after the other.
    pub strikes: u32,
    /// When the network's block ends, or ended, whatever its reasons: from then on it is forgiven little by little.
    pub until: Timestamp,
}

/// A decision to drop a network: the union of its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What is dropped.
    pub network: IpNetwork,
    /// Never empty; at most one reason of each origin.
    pub reasons: Vec<Reason>,
}

impl Block {
    /// When the first of its reasons was given.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        self.reasons.iter().map(|reason| reason.since).min().unwrap_or(Timestamp::MAX)
    }

    /// When the last of its reasons ends.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.reasons.iter().map(|reason| reason.until).max().unwrap_or(Timestamp::MIN)
    }

    /// The class that stands in `source`: local before manual before peer.
    #[must_use]
    pub fn source(&self) -> SourceClass {
        self.reasons.iter().map(|reason| reason.origin.class()).max().unwrap_or(SourceClass::Peer)
    }
}
