//! Peers as this agent sees them.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{Peer, PeerKey},
    record::PeerFailures,
    trust::Attitude,
};

/// A peer as this agent sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerView {
    /// The peer as the ledger knows it.
    #[serde(flatten)]
    pub peer: Peer,
    /// Whether it is this agent itself.
    pub me: bool,
    /// Whether its word counts here.
    pub believed: bool,
    /// Why, or why not.
    #[serde(default)]
    pub why: String,
    /// What the operator thinks of it, whatever the ledger says.
    #[serde(default)]
    pub attitude: Option<Attitude>,
    /// How often it did not give a log that it should have.
    #[serde(default)]
    pub failures: u64,
}

/// Everything that is known of one peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerDetails {
    /// Who it is.
    pub key: PeerKey,
    /// What the ledger says, when it knows the peer.
    pub ledger: Option<PeerView>,
    /// Why the ledger could not be asked.
    pub trouble: Option<String>,
    /// When it did not give a log that it should have.
    pub failures: PeerFailures,
}
