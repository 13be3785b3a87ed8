//! The allowlist.

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who put something on the allowlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AllowSource {
    /// `guard.allow` of the config file; it goes only there.
    Config,
    /// `allow add`.
    Operator,
}

/// One entry of the allowlist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowView {
    /// The network, address or DNS name as it was written.
    pub target: String,
    /// Who put it there.
    pub source: AllowSource,
    /// Why, in the operator's words.
    pub comment: String,
    /// Since when, where that is known.
    pub since: Option<Timestamp>,
    /// What it stands for now: a name has the addresses of its last good answer.
    pub networks: Vec<IpNetwork>,
    /// Why a name does not resolve at the moment.
    pub trouble: Option<String>,
}

/// An entry that was put on the allowlist or taken off it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// The entry as it is, or as it was.
    pub entry: AllowView,
    /// Networks that were let go because they are allowed now.
    pub unblocked: Vec<IpNetwork>,
}
