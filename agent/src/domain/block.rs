//! Blocks: decisions to drop a network, each with its reasons.

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{FileHash, Karma, LogId, PeerKey, PostId};

/// What a block drops (DESIGN section 7: what a stranger's word can do at most).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Only what comes in uninvited: answers to our own connections still pass.
    Inbound,
    /// Everything from that network.
    All,
}

/// Where a reason came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "lowercase")]
pub enum Origin {
    /// This agent's own detector.
    Local {
        /// Which detector counted it.
        detector: String,
        /// The daemon that was attacked.
        service: String,
        /// Hostile events it counted.
        events: u32,
        /// The malicious log that proves it, once written.
        log: Option<LogId>,
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
        /// Hostile events in it.
        events: u32,
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

    /// What makes a reason the same as another for one network: a newer one replaces it.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Local { detector, .. } => format!("local:{detector}"),
            Self::Peer { post, .. } => format!("peer:{post}"),
            Self::Manual { .. } => "manual".to_owned(),
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local { detector, events, .. } => write!(f, "{detector}: {events} events"),
            Self::Peer { reporter, karma, events, .. } => {
                write!(f, "reported by {reporter} (karma {karma}): {events} events")
            }
            Self::Manual { comment } if comment.is_empty() => f.write_str("by the operator"),
            Self::Manual { comment } => write!(f, "by the operator: {comment}"),
        }
    }
}

/// One reason for a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Where it came from.
    #[serde(flatten)]
    pub origin: Origin,
    /// When it was first given.
    pub since: Timestamp,
    /// When it ends.
    pub until: Timestamp,
}

/// A decision to drop a network: the union of its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What is dropped.
    pub network: IpNetwork,
    /// Never empty; at most one reason a [`Origin::key`].
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

    /// How much it drops, given what a block that only peers asked for drops.
    #[must_use]
    pub fn scope(&self, of_peers: Scope) -> Scope {
        match self.source() {
            SourceClass::Peer => of_peers,
            SourceClass::Local | SourceClass::Manual => Scope::All,
        }
    }
}
