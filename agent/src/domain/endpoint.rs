//! How one of the ledger's endpoints is doing, as the daemon tells and the command line shows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How one of the ledger's endpoints is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointReport {
    /// Scheme, host and port.
    pub endpoint: String,
    /// Whether it is the one that is asked at the moment.
    pub is_used: bool,
    /// Whether new posts are heard from it.
    pub is_followed: bool,
    /// What keeps it from answering, when it was asked last.
    pub trouble: Option<EndpointTrouble>,
    /// What it said the last time that it and the others did not say the same.
    pub disagreement: Option<EndpointTrouble>,
}

/// What was wrong with an endpoint, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointTrouble {
    /// What.
    pub what: String,
    /// When.
    pub at: Timestamp,
}
