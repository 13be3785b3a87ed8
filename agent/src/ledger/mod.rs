//! The ledger as the agent sees it: who is a peer, what was posted, and how to take part.
//!
//! The rest of the agent knows [`Ledger`] and the words of [`domain`](crate::domain). That there is a
//! Solana program behind it is known to [`SolanaLedger`] alone: no other module sees `solana_*` or the
//! program's interface.

mod error;
mod founding;
mod purse;
mod settings;
mod signed;
mod solana;

use async_trait::async_trait;
use jiff::SignedDuration;
use tokio::sync::mpsc;

use crate::{
    domain::{
        Census, EndpointReport, FileHash, Karma, LogUrl, MAX_MIRRORS, NamedAccount, Peer, PeerKey, Post,
        PostId, TxId,
    },
    identity::Identity,
};

pub use error::{Act, BoxedError, LedgerError, Refusal};
pub use founding::Founding;
pub use purse::{Bottomless, Overdrawn, Purse};
pub use settings::{EndpointUrls, SettingsError, SolanaSettings};
pub use signed::Signed;
pub use solana::{SolanaLedger, post_cost, post_rent, verdict_rent};

/// The rules that a network is founded with.
pub use sentinel_interface::Parameters;
/// The network's rules and the cycle that was recorded last, and what follows from them.
pub use sentinel_interface::State as NetworkState;
/// Which way a peer's verdict on a post goes.
pub use sentinel_interface::VerdictKind;

const _: () = assert!(
    MAX_MIRRORS == sentinel_interface::account::MAX_MIRRORS,
    "the agent counts mirrors as the program does"
);

/// A post of ours on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Where it stands.
    pub post: PostId,
    /// The transaction that made it; none when it had been made before.
    pub tx: Option<TxId>,
}

/// What makes a newcomer a founder: the network's authority vouches for some karma.
#[derive(Clone, Debug)]
pub struct Founder {
    /// The authority, which signs too.
    pub authority: Identity,
    /// Karma to begin with.
    pub karma: Karma,
}

/// The ledger, on behalf of one peer.
///
/// Every act may be repeated when its outcome is unknown: none takes effect twice.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// The peer with this key; none when it never joined.
    ///
    /// # Errors
    /// When the endpoint does not answer, or answers with something that is no peer.
    async fn peer(&self, key: &PeerKey) -> Result<Option<Peer>, LedgerError>;

    /// The same for whoever acts on this peer's karma: all endpoints are asked, and those that answer must agree on whether
    /// it is active and on its karma. One that is silent has no say; with a single endpoint it is [`Ledger::peer`].
    ///
    /// # Errors
    /// When none answers, or they go on disagreeing ([`LedgerError::Disagreement`]).
    async fn reporter(&self, key: &PeerKey) -> Result<Option<Peer>, LedgerError>;

    /// The post as its owner signed it: the transaction that made it is fetched, and its signatures are verified here.
    ///
    /// The reporter, the log's hash and the post's address depend on each other, so what an endpoint could have changed is
    /// where the log is. That is taken from the transaction, whatever the endpoint said. Likes, mirrors and time are nobody's
    /// word.
    ///
    /// # Errors
    /// [`LedgerError::Unproven`] when no endpoint has a transaction that proves it, or when none answers.
    async fn signed(&self, post: &Post) -> Result<Signed<Post>, LedgerError>;

    /// The owner's word that it took a post back: the transaction that did so is fetched, and its signatures are verified
    /// here. That an endpoint shows the post as taken back is not enough to unblock anybody.
    ///
    /// A post that was retired, made again, and is now said to be taken back is proven so by what ended it the first time:
    /// whoever takes a log back has to publish another one.
    ///
    /// # Errors
    /// [`LedgerError::Unproven`] when no endpoint has a transaction that proves it, or when none answers.
    async fn retraction(&self, post: &Post) -> Result<Signed<PostId>, LedgerError>;

    /// How the endpoints are doing, in the order of the settings.
    fn endpoints(&self) -> Vec<EndpointReport>;

    /// Every peer, active or not. Accounts that are no peers are left out.
    ///
    /// # Errors
    /// When the endpoint does not answer.
    async fn peers(&self) -> Result<Vec<Peer>, LedgerError>;

    /// The same for whoever acts on peers' karma, from all endpoints that answer; with a single endpoint they are
    /// [`Ledger::peers`], all agreed.
    ///
    /// # Errors
    /// When none answers.
    async fn census(&self) -> Result<Census, LedgerError>;

    /// Publishes a malicious log and waits until the post is confirmed.
    ///
    /// # Errors
    /// When the endpoint does not answer, the program refuses, or the lamports do not suffice.
    async fn publish(&self, log_url: &LogUrl, file_hash: FileHash) -> Result<Published, LedgerError>;

    /// The accounts that the post of a log would name, in order; asks nobody.
    fn post_accounts(&self, file_hash: FileHash) -> Vec<NamedAccount>;

    /// Likes a post and waits until that is confirmed; none when it was liked before.
    ///
    /// # Errors
    /// When the endpoint does not answer, the program refuses, or the lamports do not suffice.
    async fn like(&self, post: &Post) -> Result<Option<TxId>, LedgerError>;

    /// Disputes a post and waits until that is confirmed; none when it was disputed before.
    ///
    /// # Errors
    /// When the endpoint does not answer, the program refuses (likes and disputes are taken in a post's cycle and in the
    /// next), or the lamports do not suffice.
    async fn dispute(&self, post: &Post) -> Result<Option<TxId>, LedgerError>;

    /// Takes a post of this peer back, so that others unblock what it accused, and waits until that is confirmed; none when it
    /// was taken back before.
    ///
    /// # Errors
    /// When the endpoint does not answer, the program refuses, or the lamports do not suffice.
    async fn retract(&self, post: PostId) -> Result<Option<TxId>, LedgerError>;

    /// Ends a post of this peer and its NFT, withdraws its mirrors before that (also those that `post` lacks), and waits until
    /// all is confirmed; the rent comes back. None when there is no such post any more.
    ///
    /// # Errors
    /// When the endpoint does not answer, the program refuses (somebody announced a mirror meanwhile: try again), or the
    /// lamports do not suffice.
    async fn retire(&self, post: &Post) -> Result<Option<TxId>, LedgerError>;

    /// Closes this peer's like or dispute of a post that is gone or too old to be liked and disputed, and waits until that is
    /// confirmed; the rent comes back. None when there is no such verdict any more.
    ///
    /// # Errors
    /// When the endpoint does not answer, the program refuses, or the lamports do not suffice.
    async fn close_verdict(&self, kind: VerdictKind, post: PostId) -> Result<Option<TxId>, LedgerError>;

    /// The network's rules and its cycle.
    ///
    /// # Errors
    /// When the endpoint does not answer, or knows no such network.
    async fn network(&self) -> Result<NetworkState, LedgerError>;

    /// Records on the ledger which cycle it is and waits until that is confirmed; none when the recorded one still runs.
    ///
    /// # Errors
    /// When the endpoint does not answer, or the lamports do not suffice.
    async fn advance_cycle(&self) -> Result<Option<TxId>, LedgerError>;

    /// Leaves the network, for the bond, withdraws this peer's mirrors, and waits until all is confirmed.
    ///
    /// # Errors
    /// [`LedgerError::TooSoon`] within a cycle after this peer's last post; or when the endpoint does not answer, the program
    /// refuses, or the lamports do not suffice.
    async fn leave(&self) -> Result<TxId, LedgerError>;

    /// Joins the network, for the first time or again; `endpoint` is the URL at which this agent serves.
    ///
    /// # Errors
    /// When the endpoint does not answer, the program refuses, or the lamports do not suffice.
    async fn join(&self, endpoint: &str, founder: Option<&Founder>) -> Result<TxId, LedgerError>;

    /// Moves this peer to another endpoint, the URL at which this agent serves from now on, and waits until that is
    /// confirmed. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the endpoint does not answer, the program refuses, or the lamports do not suffice.
    async fn set_endpoint(&self, endpoint: &str) -> Result<TxId, LedgerError>;

    /// Lists this agent's copy of a post's log among the post's mirrors and waits until that is confirmed; none when
    /// one of its copies was listed before.
    ///
    /// # Errors
    /// When the endpoint does not answer, the program refuses (`url` must lie under this peer's endpoint, and a post
    /// has no more than five mirrors), or the lamports do not suffice.
    async fn add_mirror(&self, post: PostId, url: &LogUrl) -> Result<Option<TxId>, LedgerError>;

    /// Takes this agent's copy at `url` off the post's mirrors and waits until that is confirmed; none when it was not
    /// listed.
    ///
    /// # Errors
    /// When the endpoint does not answer, the program refuses, or the lamports do not suffice.
    async fn remove_mirror(&self, post: PostId, url: &str) -> Result<Option<TxId>, LedgerError>;

    /// The transaction that made a post; none when the ledger has forgotten it, or so much has happened to the post
    /// since that its beginning is out of reach.
    ///
    /// # Errors
    /// When the endpoint does not answer, or answers with something that is no transaction.
    async fn transaction_of(&self, post: PostId) -> Result<Option<TxId>, LedgerError>;

    /// Who liked a post, in no order. Accounts that are no likes are left out.
    ///
    /// # Errors
    /// When the endpoint does not answer.
    async fn likers(&self, post: PostId) -> Result<Vec<PeerKey>, LedgerError>;

    /// What this peer has to pay with, in lamports.
    ///
    /// # Errors
    /// When the endpoint does not answer.
    async fn balance(&self) -> Result<u64, LedgerError>;

    /// Sends every post that is not older than `max_age` (all when none), then each one as it is made, until nobody
    /// receives any more.
    ///
    /// All endpoints are followed at once, so that no post is left out whatever becomes of one of them or of what it
    /// hides. The same post may come again, on a reconnect, when all are read again now and then, or because its likes
    /// changed, so the receiver remembers what it has dealt with. What comes is an endpoint's word: see
    /// [`Ledger::signed`].
    async fn follow(&self, max_age: Option<SignedDuration>, posts: mpsc::Sender<Post>);
}
