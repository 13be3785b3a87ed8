//! What has to reach the ledger, and what is known to have.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{FileHash, LogId, LogUrl, Post, PostId};

/// Names an item of the outbox.
pub type OutgoingId = i64;

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
    /// A dispute of somebody's post.
    Dispute {
        /// The post.
        post: Box<Post>,
    },
    /// This agent's copy of a post's log.
    #[serde(rename = "mirror")]
    AddMirror {
        /// The post.
        post: PostId,
        /// Where the copy is served.
        url: LogUrl,
    },
    /// The end of such a copy.
    #[serde(rename = "no-mirror")]
    RemoveMirror {
        /// The post.
        post: PostId,
        /// Where the copy was served, as the ledger has it.
        url: String,
    },
    /// That a post of this agent's own does not count any more.
    Retract {
        /// The post.
        post: PostId,
    },
    /// The end of a post of this agent's own, for its rent.
    Retire {
        /// The post.
        post: PostId,
    },
    /// The end of this agent's like and dispute of a post, for their rent.
    #[serde(rename = "close")]
    CloseVerdicts {
        /// The post.
        post: PostId,
    },
    /// That a cycle is over.
    #[serde(rename = "cycle")]
    AdvanceCycle,
}

/// What acts on the ledger are about: those about the same thing reach it in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Affair {
    /// A log of this agent's own.
    Log(FileHash),
    /// A post.
    Post(PostId),
    /// The network's cycle.
    Cycle,
}

impl Outgoing {
    /// What it is about.
    #[must_use]
    pub fn affair(&self) -> Affair {
        match self {
            Self::Publish { file_hash, .. } => Affair::Log(*file_hash),
            Self::Like { post } | Self::Dispute { post } => Affair::Post(post.id),
            Self::AddMirror { post, .. }
            | Self::RemoveMirror { post, .. }
            | Self::Retract { post }
            | Self::Retire { post }
            | Self::CloseVerdicts { post } => Affair::Post(*post),
            Self::AdvanceCycle => Affair::Cycle,
        }
    }

    /// Whether nobody waits for it: it goes when nothing else does.
    #[must_use]
    pub fn is_upkeep(&self) -> bool {
        matches!(self, Self::Retire { .. } | Self::CloseVerdicts { .. } | Self::AdvanceCycle)
    }
}

impl fmt::Display for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publish { file_hash, .. } => write!(f, "the post of log {}", file_hash.log_id()),
            Self::Like { post } => write!(f, "the like for post {}", post.id),
            Self::Dispute { post } => write!(f, "the dispute of post {}", post.id),
            Self::AddMirror { post, .. } => write!(f, "the mirror of post {post}"),
            Self::RemoveMirror { post, .. } => write!(f, "the end of the mirror of post {post}"),
            Self::Retract { post } => write!(f, "the retraction of post {post}"),
            Self::Retire { post } => write!(f, "the end of post {post}"),
            Self::CloseVerdicts { post } => write!(f, "the end of this agent's verdicts on post {post}"),
            Self::AdvanceCycle => write!(f, "the end of the network's cycle"),
        }
    }
}

/// This agent's word on the ledger that it serves a copy of a post's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The post.
    pub post: PostId,
    /// Its log.
    pub log: LogId,
    /// Where the copy is served.
    pub url: LogUrl,
    /// Since when.
    pub since: Timestamp,
    /// What the ledger was seen to say of it.
    pub standing: Standing,
}

/// What the ledger was seen to say of a copy that is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing yet.
    Unseen,
    /// That the post lists it.
    Listed,
    /// That the post lists it no longer: its owner took it off.
    Delisted,
}

impl Standing {
    /// What it is once the ledger has shown the post again.
    #[must_use]
    pub fn after(self, is_listed: bool) -> Self {
        match self {
            _ if is_listed => Self::Listed,
            Self::Unseen => Self::Unseen,
            Self::Listed | Self::Delisted => Self::Delisted,
        }
    }
}
