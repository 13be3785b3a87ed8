//! A log that was published, and a post that was taken back.

use serde::{Deserialize, Serialize};

use crate::domain::{FileHash, LogUrl, PostId, TxId};

/// A log of this agent's own, stored and on its way to the ledger or there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicationView {
    /// What the log hashes to.
    pub file_hash: FileHash,
    /// Where it is served.
    pub log_url: LogUrl,
    /// How many attackers it proves.
    pub attacker_count: usize,
    /// The post; none while the ledger has not confirmed it, which is tried until it does.
    pub post: Option<PostId>,
    /// The transaction that made it, where it was sent from here.
    pub tx: Option<TxId>,
    /// What redaction changes of the log that was handed over.
    pub redaction: RedactionView,
}

/// What is private in a log, as far as this agent knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedactionView {
    /// Whether the log was published redacted; else it was as it is.
    pub applied: bool,
    /// How many lines are others in the redacted log, or not in it.
    pub lines: usize,
    /// The numbers of the first of them, counted from 1.
    pub first: Vec<usize>,
}

/// A post of this agent's own that counts no longer, or soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetractionView {
    /// The post.
    pub post: PostId,
    /// How far that has come.
    pub state: RetractionState,
}

/// How far a retraction has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RetractionState {
    /// The ledger has taken it: others unblock what the post accused.
    Confirmed,
    /// The ledger has not confirmed it yet, which is tried until it does.
    Queued,
    /// It had been taken back before.
    Before,
}
