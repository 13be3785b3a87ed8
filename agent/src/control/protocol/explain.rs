//! The chain of proof behind a block.

use ipnetwork::IpNetwork;
use serde::{Deserialize, Serialize};

use super::BlockView;
use crate::{
    domain::{Offence, PostId, TxId},
    record::{PostRecord, Receipt},
    trust::Ruling,
};

/// Why an address or a network is blocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// What was asked about.
    pub network: IpNetwork,
    /// Whether the agent only observes: then nothing is dropped.
    pub observe: bool,
    /// Blocks that cover it, the narrowest first, then the first of those inside it.
    pub blocks: Vec<ExplainedBlock>,
    /// The posts among their reasons.
    pub posts: Vec<PostRecord>,
    /// The transactions that made those posts.
    pub transactions: Vec<TransactionView>,
    /// What is remembered of the malicious logs behind the reasons, also of those that were evicted.
    pub receipts: Vec<Receipt>,
    /// What other peers' words about it come to, and about the networks of those blocks.
    #[serde(default)]
    pub rulings: Vec<Ruling>,
    /// Lines of the stored logs that accuse it.
    pub lines: Vec<String>,
    /// Why the guard would never block it, when it would not.
    pub protected: Option<String>,
}

/// A block and what is known around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedBlock {
    /// The block.
    #[serde(flatten)]
    pub block: BlockView,
    /// How the network behaved before.
    pub offence: Option<Offence>,
    /// What the kernel dropped of it, when it counts.
    pub dropped: Option<Traffic>,
}

/// Packets that the kernel dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// How many.
    pub packets: u64,
    /// Their size together.
    pub bytes: u64,
}

/// The transaction that made a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionView {
    /// The post.
    pub post: PostId,
    /// The transaction.
    pub tx: Option<TxId>,
    /// Why it is not known, when it is not.
    pub trouble: Option<String>,
}
