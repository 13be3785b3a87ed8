//! What became of posts, and what the operator thinks of peers.

use ipnetwork::IpNetwork;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{Karma, PeerKey},
    record::{PostRecord, Receipt},
    trust::{Attitude, Quorum, Ruling},
};

/// A post in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostView {
    /// The post, and what was decided when it came.
    #[serde(flatten)]
    pub record: PostRecord,
    /// What it comes to now, while it is not too old to matter.
    pub now: Option<Standing>,
}

/// What the words of a post come to, together with all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Attackers that it names and that are blocked, also by its word.
    pub blocked: usize,
    /// Those about whom others have to say the same first.
    pub waiting: usize,
}

/// One post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostDetails {
    /// The post, and what was decided when it came.
    #[serde(flatten)]
    pub record: PostRecord,
    /// What is decided now about the attackers that it names, some of them where they are many; none when it is too old
    /// to matter.
    pub rulings: Vec<Ruling>,
    /// How many attackers it names.
    pub attacker_count: usize,
    /// Why it gets no like, as far as it has got none.
    pub no_like: Option<String>,
    /// What is remembered of its log; nothing of one that was never kept here.
    #[serde(default)]
    pub receipt: Option<Receipt>,
}

/// What follows when the operator thinks otherwise of a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegardView {
    /// Of whom.
    pub peer: PeerKey,
    /// What the operator thinks; nothing leaves it to the ledger.
    pub attitude: Option<Attitude>,
    /// Networks that are blocked because of it.
    pub blocked: Vec<IpNetwork>,
    /// Networks that were let go because of it.
    pub released: Vec<IpNetwork>,
}

/// What would be otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIf {
    /// Karma from which a reporter is believed.
    pub min_karma: Option<Karma>,
    /// Words that block somebody.
    pub min_reporters: Option<Quorum>,
    /// Peers that are pinned besides.
    pub pin: Vec<PeerKey>,
    /// Peers that are banned besides.
    pub ban: Vec<PeerKey>,
}
