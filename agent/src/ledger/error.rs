//! Why something on the ledger failed.

use std::fmt;

use jiff::Timestamp;

use super::Overdrawn;
use crate::domain::{PeerKey, PostId, TxId};

/// Why the program refused, by its own name and number.
pub use sentinel_interface::SentinelError as Refusal;

/// A library's error of whatever type, kept as the source.
pub type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// What was attempted on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Reading one peer.
    ReadPeer,
    /// Reading all peers.
    ReadPeers,
    /// Reading posts.
    ReadPosts,
    /// Reading who liked a post.
    ReadLikes,
    /// Reading the network's rules.
    ReadState,
    /// Looking up the transaction that made a post.
    ReadTransaction,
    /// Reading our balance.
    ReadBalance,
    /// Subscribing to new posts.
    Follow,
    /// Loading the program onto the ledger.
    Deploy,
    /// Setting a new network's rules.
    Found,
    /// Joining the network.
    Join,
    /// Publishing a malicious log.
    Publish,
    /// Liking a post.
    Like,
    /// Disputing a post.
    Dispute,
    /// Taking an own post back.
    Retract,
    /// Ending an own post.
    Retire,
    /// Closing a like or dispute.
    CloseVerdict,
    /// Recording that a cycle is over.
    AdvanceCycle,
    /// Leaving the network.
    Leave,
    /// Moving to another endpoint.
    SetEndpoint,
    /// Listing a mirror.
    AddMirror,
    /// Withdrawing a mirror.
    RemoveMirror,
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadPeer => "reading a peer",
            Self::ReadPeers => "reading the peers",
            Self::ReadPosts => "reading the posts",
            Self::ReadLikes => "reading the likes of a post",
            Self::ReadState => "reading the network's rules",
            Self::ReadTransaction => "looking up the transaction of a post",
            Self::ReadBalance => "reading the balance",
            Self::Follow => "following new posts",
            Self::Deploy => "loading the program onto the ledger",
            Self::Found => "founding the network",
            Self::Join => "joining the network",
            Self::Publish => "publishing a malicious log",
            Self::Like => "liking a post",
            Self::Dispute => "disputing a post",
            Self::Retract => "retracting a post",
            Self::Retire => "retiring a post",
            Self::CloseVerdict => "closing a like or dispute",
            Self::AdvanceCycle => "recording that a cycle is over",
            Self::Leave => "leaving the network",
            Self::SetEndpoint => "moving to another endpoint",
            Self::AddMirror => "announcing a mirror",
            Self::RemoveMirror => "withdrawing a mirror",
        })
    }
}

/// Why an [`Act`] failed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The endpoint did not answer, or the connection broke.
    #[error("{act}: the ledger at {endpoint} cannot be reached: {}", causes(source.as_ref()))]
    Unreachable {
        /// What was attempted.
        act: Act,
        /// Where.
        endpoint: String,
        /// The client's reason.
        source: BoxedError,
    },
    /// The endpoint answered with an error of its own.
    #[error("{act}: the ledger at {endpoint} answered: {message} ({code})")]
    Endpoint {
        /// What was attempted.
        act: Act,
        /// Where.
        endpoint: String,
        /// JSON-RPC's error code.
        code: i64,
        /// The endpoint's words.
        message: String,
    },
    /// The endpoint's answer is not what was asked for.
    #[error("{act}: the answer of the ledger at {endpoint} makes no sense: {}", causes(source.as_ref()))]
    Malformed {
        /// What was attempted.
        act: Act,
        /// Where.
        endpoint: String,
        /// What is wrong with it.
        source: BoxedError,
    },
    /// The program refused.
    #[error("{act}: refused by the program: {refusal} ({}, {}); {}", refusal.name(), refusal.code(), advice(*refusal))]
    Refused {
        /// What was attempted.
        act: Act,
        /// Why, in the program's terms.
        refusal: Refusal,
    },
    /// Whoever pays has too little.
    #[error("{act}: {payer} has too few lamports for the fee, the rent and the bond; send it some SOL")]
    InsufficientFunds {
        /// What was attempted.
        act: Act,
        /// Who pays.
        payer: PeerKey,
    },
    /// This peer posted a short while ago, and others may yet dispute that.
    #[error(
        "{act}: a peer leaves no sooner than a cycle after its last post, so that others can dispute that; this one may \
             from {from} on"
    )]
    TooSoon {
        /// What was attempted.
        act: Act,
        /// When it may.
        from: Timestamp,
    },
    /// The ledger refused the transaction for a reason that is not the program's.
    #[error("{act}: the ledger at {endpoint} refused the transaction: {}", causes(source.as_ref()))]
    Transaction {
        /// What was attempted.
        act: Act,
        /// Where.
        endpoint: String,
        /// The ledger's reason.
        source: BoxedError,
    },
    /// The transaction was taken but nobody confirmed it in time; it may be repeated.
    #[error("{act}: transaction {tx} was not confirmed by {endpoint} in time")]
    Unconfirmed {
        /// What was attempted.
        act: Act,
        /// Where.
        endpoint: String,
        /// The transaction.
        tx: TxId,
    },
    /// The endpoints do not say the same.
    #[error("{act}: the ledger's endpoints disagree about {peer}: {answers}")]
    Disagreement {
        /// What was attempted.
        act: Act,
        /// About whom.
        peer: PeerKey,
        /// What each of them says.
        answers: String,
    },
    /// No endpoint has the transaction with which the owner of a post signed it, or took it back.
    #[error("{act}: nothing that the owner of post {post} signed proves it: {}", causes(source.as_ref()))]
    Unproven {
        /// What was attempted.
        act: Act,
        /// The post.
        post: PostId,
        /// What was wrong last.
        source: BoxedError,
    },
    /// This agent may not spend so much.
    #[error("{act}: {source}")]
    OverBudget {
        /// What was attempted.
        act: Act,
        /// What it takes, and what is left.
        source: Overdrawn,
    },
}

impl LedgerError {
    /// Whether it is the endpoint that is in trouble, so that another one may do better.
    #[must_use]
    pub fn is_of_endpoint(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Endpoint { .. } | Self::Malformed { .. })
    }

    /// Whether trying again could never help: the program refuses what is in the transaction itself.
    #[must_use]
    pub fn is_final(&self) -> bool {
        use Refusal::{
            AlreadyDisputed, AlreadyLiked, AlreadyMirrored, AlreadyPosted, CannotDisputeSelf, CannotLikeSelf,
            ForeignMirror, ForeignPost, InvalidUrl, NoPost, NoVerdict, NotMirrored, PostTooOld, Retracted,
            TooManyMirrors, UrlTooLong,
        };
        let Self::Refused { refusal, .. } = self else { return false };
        matches!(
            refusal,
            UrlTooLong
                | InvalidUrl
                | CannotLikeSelf
                | CannotDisputeSelf
                | AlreadyPosted
                | AlreadyLiked
                | AlreadyDisputed
                | NoPost
                | PostTooOld
                | Retracted
                | ForeignPost
                | NoVerdict
                | AlreadyMirrored
                | TooManyMirrors
                | NotMirrored
                | ForeignMirror
        )
    }
}

/// The error with its causes: the outer ones often say no more than that something failed.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let causes: Vec<_> =
        std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect();
    causes.join(": ")
}

/// What the operator can do about it.
fn advice(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NotPeer => "this agent has to join the network first, or has left it",
        Refusal::AlreadyPeer => "nothing is left to do",
        Refusal::AlreadyPosted | Refusal::AlreadyLiked | Refusal::AlreadyDisputed => {
            "it is on the ledger already"
        }
        Refusal::CannotLikeSelf | Refusal::CannotDisputeSelf => "only other peers can do that to this post",
        Refusal::NoPost | Refusal::NoVerdict | Refusal::Retracted | Refusal::PostTooOld => {
            "nothing is left to do"
        }
        Refusal::ForeignPost => "only the post's owner can do that",
        Refusal::StillMirrored => "withdraw the post's mirrors first",
        Refusal::StillCounted | Refusal::CycleNotOver | Refusal::TooSoon => {
            "try again when the cycle is over"
        }
        Refusal::UrlTooLong | Refusal::InvalidUrl => {
            "give this agent a shorter public URL that begins with https://"
        }
        Refusal::AlreadyMirrored | Refusal::TooManyMirrors | Refusal::NotMirrored => "nothing is left to do",
        Refusal::ForeignMirror => "only the mirror's peer and the post's owner can do that",
        Refusal::OutsideEndpoint => "serve.public_url must be the endpoint that the ledger has of this agent",
        Refusal::AuthorityRequired => "join without karma, or with the key of this network's authority",
        Refusal::ArithmeticOverflow => "a counter on the ledger is full",
        Refusal::AlreadyInitialized | Refusal::InvalidParameters => {
            "the network is founded once, with valid parameters"
        }
        Refusal::UnknownInstruction
        | Refusal::InvalidInstruction
        | Refusal::NotEnoughAccounts
        | Refusal::MissingSignature
        | Refusal::NotWritable
        | Refusal::WrongAddress
        | Refusal::WrongOwner
        | Refusal::WrongAccount
        | Refusal::WrongProgram => {
            "check the program's address, and that agent and program are of the same version"
        }
    }
}
