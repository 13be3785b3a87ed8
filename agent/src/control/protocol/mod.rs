//! What is asked and answered.

mod attachment;
mod blocks;
mod drafts;
mod explain;
mod peers;
mod publication;
mod reach;
mod status;
mod support;
mod trust;

use std::net::IpAddr;

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{AllowTarget, AllowView, Allowance, PeerKey, PostId},
    trust::{Attitude, Replay},
};

pub use attachment::Attachment;
pub use blocks::{
    BlockPage, BlockQuery, BlockView, Blocked, Enforced, Entry, Expiry, Filter, MAX_ENTRIES, MAX_PAGE,
    Refusal,
};
pub use drafts::{Content, DraftPage, DraftQuery, DraftState, DraftView, LineDraft, PostDraft};
pub use explain::{ExplainedBlock, Explanation, Traffic, TransactionView};
pub use peers::{PeerDetails, PeerView};
pub use publication::{PublicationView, RedactionView, RetractionState, RetractionView};
pub use reach::{DynamicDnsView, ReachView, VisitView};
pub use status::{BlockCounts, BudgetView, LedgerView, ReloadView, StatusView};
pub use support::SupportView;
pub use trust::{PostDetails, PostView, RegardView, Standing, WhatIf};

/// What the command line may ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub enum Request {
    /// How is the daemon doing?
    Status,
    /// What is measured?
    Metrics,
    /// What helps others to help the operator?
    Support,
    /// Take the configuration of now.
    Reload,
    /// Which blocks are in force?
    Blocks(BlockQuery),
    /// Block these networks: each one that the guard lets through, or, as a trial, none.
    Block {
        /// What to block, at most [`MAX_ENTRIES`].
        entries: Vec<Entry>,
        /// Where the operator who asks is logged in from: never blocked, or he would lock himself out.
        session: Option<IpAddr>,
        /// Whether only to tell what would be blocked.
        trial: bool,
    },
    /// Let this network go.
    Unblock {
        /// What to let go.
        network: IpNetwork,
    },
    /// Why is this address or network blocked, or why not?
    Explain {
        /// An address as a network of one.
        network: IpNetwork,
    },
    /// What is on the allowlist?
    Allowed,
    /// Put this on the allowlist.
    Allow {
        /// A network, an address or a DNS name.
        target: AllowTarget,
        /// Why, in the operator's words.
        comment: String,
    },
    /// Take this off the allowlist.
    Disallow {
        /// As it was put there.
        target: AllowTarget,
    },
    /// Which posts were seen, newest first?
    Posts {
        /// How many at the most.
        limit: u32,
    },
    /// What became of this post?
    Post {
        /// The post.
        id: PostId,
    },
    /// Store and post this log.
    Publish {
        /// The log.
        log: Attachment,
        /// Whether what is private is taken out of it first.
        redact: bool,
    },
    /// Take this post back.
    Retract {
        /// The post.
        id: PostId,
    },
    /// What would leave?
    Drafts(DraftQuery),
    /// Which peers does the ledger know?
    Peers,
    /// What is known of this peer?
    Peer {
        /// Who.
        key: PeerKey,
    },
    /// What would another policy have made of the past?
    Replay(WhatIf),
    /// Think otherwise of this peer.
    Regard {
        /// Of whom.
        peer: PeerKey,
        /// What; nothing leaves it to the ledger.
        attitude: Option<Attitude>,
        /// Why, in the operator's words.
        comment: String,
    },
}

impl Request {
    /// What follows the request's line.
    #[must_use]
    pub fn attachment(&self) -> Option<&Attachment> {
        if let Self::Publish { log, .. } = self { Some(log) } else { None }
    }

    /// The same request with these bytes behind its line, if any belong there.
    #[must_use]
    pub fn with_attached(self, content: Vec<u8>) -> Self {
        match self {
            Self::Publish { redact, .. } => Self::Publish { log: Attachment::new(content), redact },
            other => other,
        }
    }
}

/// What the daemon answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "content", rename_all = "kebab-case")]
pub enum Answer {
    /// To [`Request::Status`].
    Status(Box<StatusView>),
    /// To [`Request::Metrics`], as Prometheus reads it.
    Metrics(String),
    /// To [`Request::Support`].
    Support(Box<SupportView>),
    /// To [`Request::Reload`]: begun. [`StatusView::reload`] says later what became of it.
    Reloading {
        /// The reload that was asked for is none of before this.
        since: Timestamp,
    },
    /// To [`Request::Blocks`].
    Blocks(BlockPage),
    /// To [`Request::Block`].
    Blocked(Blocked),
    /// To [`Request::Unblock`]: the block as it was.
    Unblocked(BlockView),
    /// To [`Request::Explain`].
    Explanation(Box<Explanation>),
    /// To [`Request::Allowed`].
    Allowed(Vec<AllowView>),
    /// To [`Request::Allow`] and [`Request::Disallow`].
    Allowance(Allowance),
    /// To [`Request::Posts`].
    Posts(Vec<PostView>),
    /// To [`Request::Post`].
    Post(Box<PostDetails>),
    /// To [`Request::Publish`].
    Published(PublicationView),
    /// To [`Request::Retract`].
    Retracted(RetractionView),
    /// To [`Request::Drafts`].
    Drafts(DraftPage),
    /// To [`Request::Peers`].
    Peers(Vec<PeerView>),
    /// To [`Request::Peer`].
    Peer(Box<PeerDetails>),
    /// To [`Request::Replay`].
    Replayed(Replay),
    /// To [`Request::Regard`].
    Regarded(RegardView),
    /// To anything: it did not work.
    Failed(Failure),
}

/// Something that did not work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure it is: decides the exit code.
    pub kind: FailureKind,
    /// What was attempted, on what, and why it failed.
    pub message: String,
}

/// Kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// None of the others.
    Failed,
    /// There is no such thing.
    NotFound,
    /// The ledger or a peer did not answer.
    Unreachable,
    /// It is not what it should be.
    Verification,
    /// The guard refused.
    Guard,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(kind: FailureKind, message: impl std::fmt::Display) -> Self {
        Self { kind, message: message.to_string() }
    }
}
