//! Peers and their karma.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PeerKey;

/// A peer's trust score on the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Karma(pub u64);

impl std::fmt::Display for Karma {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// An operator's agent as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Who it is.
    pub key: PeerKey,
    /// Whether it may post, like, and fetch logs.
    pub active: bool,
    /// Its trust score now.
    pub karma: Karma,
    /// Where it serves logs; empty when it never said.
    pub endpoint: String,
    /// When it joined the network.
    pub joined: Timestamp,
}
