//! How the daemon is doing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ReachView;
use crate::domain::{Dropped, EndpointReport, Karma, PeerKey, SourceReport};

/// How the daemon is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    /// Version of the daemon.
    pub version: String,
    /// When it started.
    pub started: Timestamp,
    /// What became of the last reload of the configuration, if there was one.
    pub reload: Option<ReloadView>,
    /// Its process.
    pub pid: u32,
    /// Who it is.
    pub peer: PeerKey,
    /// Whether it only observes.
    pub observe: bool,
    /// Blocks by source.
    pub blocks: BlockCounts,
    /// What the kernel has dropped since the table was written; empty when it was not told to, or does not say.
    pub dropped: Vec<Dropped>,
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

/// What became of a reload of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadView {
    /// When it was asked for.
    pub at: Timestamp,
    /// Why the settings stayed as they were; none when the new ones are in force.
    pub refused: Option<String>,
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
    /// Its endpoints, in the order in which they are asked.
    pub endpoints: Vec<EndpointReport>,
    /// Whether this agent is an active peer there; `None` when no endpoint answered.
    pub joined: Option<bool>,
    /// This agent's karma.
    pub karma: Option<Karma>,
    /// Where the ledger says that this agent serves.
    pub serves: Option<String>,
    /// What this agent has to pay with, in lamports; `None` when no endpoint answered.
    pub balance: Option<u64>,
    /// What of it lies there as rent of posts, likes and disputes, and comes back, in lamports.
    pub rent: Option<u64>,
    /// What this agent may spend there.
    pub budget: BudgetView,
}

/// What this agent may spend on the ledger a day (UTC), in lamports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetView {
    /// In all.
    pub daily: u64,
    /// Today so far.
    pub spent: u64,
    /// Whether something had to wait or was left out today because too little was left.
    pub is_used_up: bool,
}
