//! What is asked and answered.

use std::net::IpAddr;

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{Block, Karma, Peer, PeerKey, PostId, Reason, SourceClass, SourceReport},
    record::PostRecord,
};

/// What the command line may ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub enum Request {
    /// How is the daemon doing?
    Status,
    /// Which blocks are in force?
    Blocks,
    /// Block this network.
    Block {
        /// What to block.
        network: IpNetwork,
        /// For how long, in seconds; without it, as long as a detected attacker.
        seconds: Option<u64>,
        /// Why, in the operator's words.
        comment: String,
    },
    /// Let this network go.
    Unblock {
        /// What to let go.
        network: IpNetwork,
    },
    /// Why is this address blocked, or why not?
    Explain {
        /// The address.
        address: IpAddr,
    },
    /// Which posts were seen, newest first?
    Posts {
        /// How many at the most.
        limit: u32,
    },
    /// What became of this post?
    Post {
        /// The post.
        id: PostId,
    },
    /// Which peers does the ledger know?
    Peers,
}

/// What the daemon answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "content", rename_all = "kebab-case")]
pub enum Answer {
    /// To [`Request::Status`].
    Status(Box<StatusView>),
    /// To [`Request::Blocks`], in the order of the networks.
    Blocks(Vec<BlockView>),
    /// To [`Request::Block`] and [`Request::Unblock`]: the block as it is now, or as it was.
    Block(BlockView),
    /// To [`Request::Explain`].
    Explanation(Box<Explanation>),
    /// To [`Request::Posts`].
    Posts(Vec<PostRecord>),
    /// To [`Request::Post`].
    Post(Box<PostRecord>),
    /// To [`Request::Peers`].
    Peers(Vec<PeerView>),
    /// To anything: it did not work.
    Failed(Failure),
}

/// One block as `blocks list --json` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockView {
    /// What is dropped.
    pub network: IpNetwork,
    /// Local before manual before peer.
    pub source: SourceClass,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

impl From<&Block> for BlockView {
    fn from(block: &Block) -> Self {
        Self {
            network: block.network,
            source: block.source(),
            reasons: block.reasons.clone(),
            since: block.since(),
            until: block.until(),
        }
    }
}

/// The chain of proof for one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The address in question.
    pub address: IpAddr,
    /// Blocks that cover it, the narrowest first.
    pub blocks: Vec<BlockView>,
    /// The posts among their reasons.
    pub posts: Vec<PostRecord>,
    /// Lines of the stored logs that accuse it.
    pub lines: Vec<String>,
    /// Why the guard would never block it, when it would not.
    pub protected: Option<String>,
}

/// How the daemon is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    /// Version of the daemon.
    pub version: String,
    /// When it started.
    pub started: Timestamp,
    /// Who it is.
    pub peer: PeerKey,
    /// Whether it only observes.
    pub observe: bool,
    /// Blocks by source.
    pub blocks: BlockCounts,
    /// Addresses that are being counted.
    pub tracked: usize,
    /// Malicious logs in the store.
    pub logs: usize,
    /// Items that have yet to reach the ledger.
    pub outbox: usize,
    /// Whether this agent publishes what it detects.
    pub publishes: bool,
    /// Addresses that the HTTPS server listens on.
    pub listen: Vec<std::net::SocketAddr>,
    /// The log sources.
    pub sources: Vec<SourceReport>,
    /// The ledger; without one the agent is standalone and shares nothing.
    pub ledger: Option<LedgerView>,
}

/// How many networks are blocked, by source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockCounts {
    /// By this agent's own detectors.
    pub local: usize,
    /// By the operator.
    pub manual: usize,
    /// By other peers' posts alone.
    pub peer: usize,
}

/// How the ledger is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerView {
    /// The endpoint.
    pub endpoint: String,
    /// Whether this agent is an active peer there; `None` when the endpoint did not answer.
    pub joined: Option<bool>,
    /// This agent's karma.
    pub karma: Option<Karma>,
}

/// A peer as this agent sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerView {
    /// The peer as the ledger knows it.
    #[serde(flatten)]
    pub peer: Peer,
    /// Whether it is this agent itself.
    pub me: bool,
    /// Whether its posts would be applied here.
    pub believed: bool,
}

/// Something that did not work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure it is: decides the exit code.
    pub kind: FailureKind,
    /// What was attempted, on what, and why it failed.
    pub message: String,
}

/// Kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// None of the others.
    Failed,
    /// There is no such thing.
    NotFound,
    /// The ledger or a peer did not answer.
    Unreachable,
    /// The guard refused.
    Guard,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(kind: FailureKind, message: impl std::fmt::Display) -> Self {
        Self { kind, message: message.to_string() }
    }
}
