//! How peers find this agent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{PeerKey, PublicAddresses},
    dynamic_dns::Told,
};

/// How peers find this agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachView {
    /// Where they are sent to; none while that is not known.
    pub public_url: Option<String>,
    /// Whether that is the config's word; otherwise it is made from an address.
    pub is_configured: bool,
    /// This host's public addresses.
    pub addresses: PublicAddresses,
    /// What the running server is recognised by; none when it listens nowhere.
    pub instance: Option<String>,
    /// The last peer that came from outside since the agent started.
    pub last_visit: Option<VisitView>,
    /// The dynamic DNS service, where one is configured.
    pub dynamic_dns: Option<DynamicDnsView>,
}

/// A peer that proved who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitView {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub peer: PeerKey,
    /// From which address (IPv6: its /64).
    pub source: String,
}

/// What a dynamic DNS service knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DynamicDnsView {
    /// Scheme and host of its update URL.
    pub service: String,
    /// Why it is never told anything, when it is not.
    pub trouble: Option<String>,
    /// What it was told last, and what it said.
    pub last: Option<Told>,
    /// When it will be told again, as things are.
    pub next: Option<Timestamp>,
}
