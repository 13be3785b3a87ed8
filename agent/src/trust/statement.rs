//! What a verified post says.

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{FileHash, Karma, PeerKey, PostId};

/// What one verified post says about whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The post.
    pub post: PostId,
    /// Who says it.
    pub reporter: PeerKey,
    /// The reporter's karma when this agent heard it.
    pub karma: Karma,
    /// The malicious log that proves it.
    pub file_hash: FileHash,
    /// When the ledger took the post.
    pub posted: Timestamp,
    /// Whom it accuses, in the order of the networks and each once: [`Statement::about`] sees to it.
    accused: Vec<Accused>,
}

/// One whom a post accuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Accused {
    /// The attacker.
    pub network: IpNetwork,
    /// Hostile events that the log shows.
    pub events: u32,
}

impl Statement {
    /// The same statement about these.
    #[must_use]
    pub fn about(self, accused: Vec<Accused>) -> Self {
        Self { accused, ..self }.in_order()
    }

    /// The same, whoever wrote it down.
    pub(super) fn in_order(mut self) -> Self {
        self.accused.sort_unstable();
        self.accused.dedup_by_key(|one| one.network);
        self
    }

    /// A statement about nobody yet.
    #[must_use]
    pub fn new(
        post: PostId,
        (reporter, karma): (PeerKey, Karma),
        file_hash: FileHash,
        posted: Timestamp,
    ) -> Self {
        Self { post, reporter, karma, file_hash, posted, accused: Vec::new() }
    }

    /// Whom it accuses.
    #[must_use]
    pub fn accused(&self) -> &[Accused] {
        &self.accused
    }

    /// The networks of those.
    pub fn networks(&self) -> impl Iterator<Item = IpNetwork> {
        self.accused.iter().map(|accused| accused.network)
    }

    /// Hostile events that it shows of a network; 0 when it does not accuse it.
    pub(super) fn events_of(&self, network: IpNetwork) -> u32 {
        let place = self.accused.binary_search_by_key(&network, |accused| accused.network);
        place.ok().and_then(|place| self.accused.get(place)).map_or(0, |accused| accused.events)
    }

    /// What statements are in order by: the oldest first.
    pub(super) fn age(&self) -> (Timestamp, PostId) {
        (self.posted, self.post)
    }
}
