//! How the daemon is doing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ReachView;
use crate::domain::{Karma, PeerKey, SourceReport};

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
    /// Copies of other peers' logs that are announced on the ledger.
    pub mirrors: usize,
    /// Items that have yet to reach the ledger.
    pub outbox: usize,
    /// Whether this agent publishes what it detects.
    pub publishes: bool,
    /// Addresses that the HTTPS server listens on.
    pub listen: Vec<std::net::SocketAddr>,
    /// How peers find this agent.
    pub reach: ReachView,
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
    /// Where the ledger says that this agent serves.
    pub serves: Option<String>,
}
