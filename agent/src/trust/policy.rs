//! This operator's rules for other peers' posts.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Belief, Doubt, Quorum};
use crate::domain::{Karma, Peer, PeerKey};

/// What the operator decided about posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Karma from which a reporter is believed.
    pub min_karma: Karma,
    /// How many words block somebody.
    pub min_reporters: Quorum,
    /// Hostile events that a log must show of an attacker.
    pub min_events: u32,
    /// Attackers taken from one post at the most.
    pub max_attackers: usize,
    /// Evidence older than this blocks nobody, and words that are further apart do not support each other.
    pub max_age: SignedDuration,
    /// How long a block lasts after the last word that brings it about.
    pub lasts: SignedDuration,
    /// Always believed, and alone enough.
    pub pinned: BTreeSet<PeerKey>,
    /// Never believed.
    pub banned: BTreeSet<PeerKey>,
}

/// What the operator thinks of a peer, whatever the ledger says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Attitude {
    /// Always believed.
    Pinned,
    /// Never believed.
    Banned,
}

/// What the ledger says of a peer, as far as trust goes by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its trust score now.
    pub karma: Karma,
    /// Whether it takes part.
    pub active: bool,
}

impl From<&Peer> for Member {
    fn from(peer: &Peer) -> Self {
        Self { karma: peer.karma, active: peer.active }
    }
}

impl Policy {
    /// What the operator thinks of a peer; none leaves it to the ledger.
    #[must_use]
    pub fn attitude(&self, peer: &PeerKey) -> Option<Attitude> {
        let pinned = self.pinned.contains(peer).then_some(Attitude::Pinned);
        self.banned.contains(peer).then_some(Attitude::Banned).or(pinned)
    }

    /// Changes what the operator thinks of a peer.
    pub fn regard(&mut self, peer: PeerKey, attitude: Option<Attitude>) {
        self.pinned.remove(&peer);
        self.banned.remove(&peer);
        match attitude {
            Some(Attitude::Pinned) => self.pinned.insert(peer),
            Some(Attitude::Banned) => self.banned.insert(peer),
            None => true,
        };
    }

    /// Whether posts of this peer would be believed, were they new.
    #[must_use]
    pub fn believes(&self, peer: &Peer) -> bool {
        self.belief(&peer.key, Some(peer.into())).is_ok()
    }

    /// Why a reporter is believed.
    ///
    /// # Errors
    /// Why it is not.
    pub fn belief(&self, reporter: &PeerKey, member: Option<Member>) -> Result<Belief, Doubt> {
        if self.banned.contains(reporter) {
            return Err(Doubt::Banned);
        }
        let Member { karma, active } = member.ok_or(Doubt::Unknown)?;
        let needed = self.min_karma;
        if self.pinned.contains(reporter) {
            return Ok(Belief::Trusted { karma });
        }
        if !active {
            return Err(Doubt::Inactive);
        }
        if karma < needed {
            return Err(Doubt::LowKarma { karma, needed });
        }
        Ok(Belief::Karma { karma, needed })
    }

    /// How long a word may matter: while it can support another, and while the block lasts that it supports.
    pub(super) fn memory(&self) -> SignedDuration {
        self.max_age.saturating_add(self.lasts)
    }
}
