//! A post, and what became of it.

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{Post, TxId},
    trust::{Belief, Dispute, Doubt},
};

/// What became of a post here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum PostState {
    /// This agent's own post.
    Own {
        /// The transaction that made it, where it was sent from here.
        tx: Option<TxId>,
    },
    /// The same after it was ended, for its rent: the ledger has it no longer.
    Retired {
        /// The transaction that made it, where it was sent from here.
        tx: Option<TxId>,
        /// When it was ended.
        at: Timestamp,
    },
    /// Fetched and verified; its word counts, and blocks together with others'.
    Applied {
        /// Why the reporter was believed.
        belief: Belief,
        /// Networks blocked because of it.
        blocked: Vec<IpNetwork>,
        /// What was not blocked, and why.
        refused: Vec<String>,
        /// Networks about which others have to say the same first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        waiting: Vec<IpNetwork>,
    },
    /// Fetched and verified; it blocks nobody by itself, and is compared with what others say.
    Heard {
        /// Why the reporter's word does not count.
        doubt: Doubt,
    },
    /// Remembered, not applied.
    Watched {
        /// Why.
        doubt: Doubt,
    },
    /// Never applied.
    Rejected {
        /// Why.
        doubt: Doubt,
    },
    /// Its log could not be fetched or proves nothing.
    Failed {
        /// What went wrong.
        error: String,
        /// How many more times it will be tried when the ledger shows the post again.
        tries_left: u32,
    },
}

impl PostState {
    /// Whether the decision stands: a log may be served later, and a reporter's karma may rise.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Failed { tries_left: 1.., .. } | Self::Watched { .. })
    }

    /// The transaction that made a post of this agent's own, where it is known.
    #[must_use]
    pub fn made_by(&self) -> Option<TxId> {
        if let Self::Own { tx } | Self::Retired { tx, .. } = self { *tx } else { None }
    }
}

/// A post and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostRecord {
    /// The post as the ledger had it.
    pub post: Post,
    /// When this agent decided.
    pub seen: Timestamp,
    /// Its decision.
    #[serde(flatten)]
    pub state: PostState,
    /// Whether this agent liked it.
    pub liked: bool,
    /// Why this agent disputes it, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disputed: Option<Dispute>,
    /// Whether the ledger is to hear of that: of a reporter that goes on lying, it hears only so often a day.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_dispute_queued: bool,
}
