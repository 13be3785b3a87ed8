//! Blocks: which ones are asked for, which ones are made.

use std::net::IpAddr;

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::{Block, Origin, PeerKey, Reason, SourceClass};

/// Most blocks, and most reasons, in one answer: some megabytes at the most.
pub const MAX_PAGE: usize = 5_000;

/// Most networks in one request.
pub const MAX_ENTRIES: usize = 5_000;

/// Some of the blocks in force, in the order of their networks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockQuery {
    /// Which ones.
    #[serde(flatten)]
    pub filter: Filter,
    /// Only networks behind this one.
    pub after: Option<IpNetwork>,
    /// How many at the most; never more than [`MAX_PAGE`].
    pub limit: usize,
}

/// Which blocks are meant: those for which all of it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Shown with this source.
    pub source: Option<SourceClass>,
    /// This peer's posts are among the reasons.
    pub peer: Option<PeerKey>,
    /// Blocked since this moment or a later one.
    pub not_before: Option<Timestamp>,
    /// Blocked since an earlier moment than this.
    pub before: Option<Timestamp>,
    /// Part of this network.
    pub within: Option<IpNetwork>,
    /// Covers this address.
    pub covering: Option<IpAddr>,
}

impl Filter {
    /// Whether `block` is meant.
    #[must_use]
    pub fn admits(&self, block: &Block) -> bool {
        self.admits_network(block.network)
            && self.source.is_none_or(|source| block.source() == source)
            && self.peer.is_none_or(|peer| block.reasons.iter().any(|reason| is_of(reason, peer)))
            && self.not_before.is_none_or(|moment| block.since() >= moment)
            && self.before.is_none_or(|moment| block.since() < moment)
    }

    /// Whether a block of `network` may be meant, as far as that decides.
    #[must_use]
    pub fn admits_network(&self, network: IpNetwork) -> bool {
        let is_within = |outer: IpNetwork| outer.prefix() <= network.prefix() && outer.contains(network.ip());
        self.within.is_none_or(is_within) && self.covering.is_none_or(|address| network.contains(address))
    }

    /// Whether nothing but the networks has to be known to answer.
    #[must_use]
    pub fn is_about_networks(&self) -> bool {
        let Self { source, peer, not_before, before, within: _, covering: _ } = self;
        source.is_none() && peer.is_none() && not_before.is_none() && before.is_none()
    }
}

fn is_of(reason: &Reason, peer: PeerKey) -> bool {
    matches!(&*reason.origin, Origin::Peer { reporter, .. } if *reporter == peer)
}

/// Blocks in the order of their networks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockPage {
    /// The blocks.
    pub blocks: Vec<BlockView>,
    /// Ask for what is behind this network next; none when that was all.
    pub next: Option<IpNetwork>,
    /// Whether the agent only observes: then they would be blocked, and nothing is.
    pub observe: bool,
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

/// One network to block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What to block.
    pub network: IpNetwork,
    /// Until when; without it, as long as a detected attacker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Expiry>,
    /// Why, in the operator's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
}

/// When a block ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expiry {
    /// So many seconds from now on.
    In(u64),
    /// At this moment.
    At(Timestamp),
}

impl Expiry {
    /// How long the block lasts from `now` on; nothing is left of one that has ended.
    #[must_use]
    pub fn left(self, now: Timestamp) -> Option<SignedDuration> {
        let left = match self {
            Self::In(seconds) => SignedDuration::from_secs(seconds.try_into().unwrap_or(i64::MAX)),
            Self::At(moment) => moment.duration_since(now),
        };
        left.is_positive().then_some(left)
    }
}

/// What became of networks to block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// Blocked, or to be blocked if it were no trial.
    pub blocked: Vec<Enforced>,
    /// Not blocked.
    pub refused: Vec<Refusal>,
    /// Whether the agent only observes.
    pub observe: bool,
}

/// A network that is blocked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enforced {
    /// In canonical form.
    pub network: IpNetwork,
    /// Until when.
    pub until: Timestamp,
}

/// A network that was not blocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which of the request's entries, counted from 0.
    pub entry: usize,
    /// Which network, by which rule, and what to do.
    pub why: String,
}
