//! Posts: the ledger's records of malicious logs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AccountAddress, FileHash, PeerKey, PostId};

/// Most mirrors that the ledger lists of a post.
pub const MAX_MIRRORS: usize = 5;

/// An account of the ledger that a transaction names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedAccount {
    /// The program's word for it, as its IDL has it.
    pub name: String,
    /// Its address.
    pub address: AccountAddress,
}

/// The record of one malicious log as the ledger holds it.
///
/// URLs are kept as text: a stranger wrote them, and one that is no URL must be shown and refused, not lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// The post's account.
    pub id: PostId,
    /// The reporter.
    pub owner: PeerKey,
    /// Where the log is served.
    pub log_url: String,
    /// What the log must hash to.
    pub file_hash: FileHash,
    /// When the ledger took the post.
    pub timestamp: Timestamp,
    /// How many peers liked it.
    pub likes: u64,
    /// How many peers disputed it.
    #[serde(default)]
    pub disputes: u64,
    /// Whether the reporter took it back.
    #[serde(default)]
    pub retracted: bool,
    /// The karma cycle in which it was made.
    pub cycle: u64,
    /// Other peers that serve the same bytes.
    pub mirrors: Vec<Mirror>,
}

/// A peer's copy of a malicious log, as a post on the ledger lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirror {
    /// Whose copy it is.
    pub peer: PeerKey,
    /// Where it is served: under the endpoint that the peer had when it said so.
    pub url: String,
}
