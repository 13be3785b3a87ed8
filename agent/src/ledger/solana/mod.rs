//! The ledger over any Solana endpoint: JSON-RPC to ask and to act, a websocket to hear.
//!
//! An endpoint is a stranger. What it sends is taken apart by [`accounts`] with the program's own layouts, and an account
//! counts only at the address that its content leads to; what a peer is said to have posted is shown to be signed by
//! [`proof`]; on a reporter's karma all endpoints have to [`agree`].

mod accounts;
mod addresses;
mod agree;
mod bounded;
mod costs;
mod cycles;
mod endpoint;
mod endpoints;
mod failure;
mod fees;
mod follow;
mod founding;
mod health;
mod history;
mod leaving;
mod news;
mod payment;
mod posts;
mod proof;
mod recent;
mod requests;
mod retire;
mod retraction;
mod slots;
mod subscription;
mod transactions;
mod websocket;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use sentinel_interface::{
    Verdict,
    discriminator::{self, Discriminator},
};
use solana_client::{
    rpc_config::{RpcAccountInfoConfig, RpcProgramAccountsConfig, UiAccountEncoding},
    rpc_filter::{Memcmp, RpcFilterType},
    rpc_response::UiAccount,
};
use solana_commitment_config::CommitmentConfig;
use solana_sdk::{pubkey::Pubkey, signature::Keypair};
use tokio::sync::mpsc;

use super::{
    Act, Bottomless, Founder, Ledger, LedgerError, NetworkState, Published, Purse, SettingsError, Signed,
    SolanaSettings, VerdictKind,
};
use crate::{
    domain::{
        Census, Commitment, EndpointReport, FileHash, LogUrl, NamedAccount, Peer, PeerKey, Post, PostId, TxId,
    },
    identity::Identity,
};
use addresses::Addresses;
pub use costs::{post_cost, post_rent, verdict_rent};
use endpoint::Endpoint;
use endpoints::Endpoints;

/// The Sentinel program on Solana, as one peer uses it.
pub struct SolanaLedger {
    endpoints: Endpoints,
    addresses: Addresses,
    commitment: Commitment,
    max_priority_fee: u64,
    keypair: Keypair,
    key: PeerKey,
    purse: Arc<dyn Purse>,
}

impl SolanaLedger {
    /// A client that acts as `identity` and pays whatever that costs. Nothing is sent yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(settings: SolanaSettings, identity: &Identity) -> Result<Self, SettingsError> {
        let (level, key) = (level(settings.commitment), identity.peer_key());
        Ok(Self {
            endpoints: Endpoints::new(&settings, |urls| Endpoint::new(urls.clone(), level, key))?,
            addresses: Addresses::new(settings.program),
            commitment: settings.commitment,
            max_priority_fee: settings.max_priority_fee,
            keypair: keypair(identity),
            key,
            purse: Arc::new(Bottomless),
        })
    }

    /// The same, paying out of this purse.
    #[must_use]
    pub fn paying_from(self, purse: Arc<dyn Purse>) -> Self {
        Self { purse, ..self }
    }

    fn level(&self) -> CommitmentConfig {
        level(self.commitment)
    }

    fn account_config(&self) -> RpcAccountInfoConfig {
        RpcAccountInfoConfig {
            // Not zstd: a stranger's few bytes could unpack to all of our memory.
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(self.level()),
            ..RpcAccountInfoConfig::default()
        }
    }

    /// Selects the program's accounts of one kind.
    fn accounts_config(&self, kind: Discriminator) -> RpcProgramAccountsConfig {
        self.config_of(vec![Memcmp::new_base58_encoded(0, &kind)])
    }

    fn config_of(&self, accounts: Vec<Memcmp>) -> RpcProgramAccountsConfig {
        RpcProgramAccountsConfig {
            filters: Some(accounts.into_iter().map(RpcFilterType::Memcmp).collect()),
            account_config: self.account_config(),
            ..RpcProgramAccountsConfig::default()
        }
    }

    async fn accounts_by(
        &self,
        act: Act,
        config: RpcProgramAccountsConfig,
    ) -> Result<Vec<(Pubkey, UiAccount)>, LedgerError> {
        let program = self.addresses.program();
        let asked = self
            .endpoints
            .ask(act, |client| client.get_program_ui_accounts_with_config(&program, config.clone()));
        asked.await
    }

    /// The peer in what `endpoint` gave as the account at `address`; none when it gave nothing.
    fn peer_of(
        &self,
        endpoint: &Endpoint,
        address: &Pubkey,
        account: Option<UiAccount>,
    ) -> Result<Option<Peer>, LedgerError> {
        let Some(account) = account else { return Ok(None) };
        self.addresses.peer_in(address, &account).map(Some).map_err(|source| LedgerError::Malformed {
            act: Act::ReadPeer,
            endpoint: endpoint.urls().rpc_name(),
            source: source.into(),
        })
    }
}

#[async_trait]
impl Ledger for SolanaLedger {
    async fn peer(&self, key: &PeerKey) -> Result<Option<Peer>, LedgerError> {
        let (address, config) = (self.addresses.peer(key), self.account_config());
        let asked = self
            .endpoints
            .ask(Act::ReadPeer, |client| client.get_ui_account_with_config(&address, config.clone()));
        self.peer_of(self.endpoints.used(), &address, asked.await?.value)
    }

    async fn reporter(&self, key: &PeerKey) -> Result<Option<Peer>, LedgerError> {
        if self.endpoints.is_single() { self.peer(key).await } else { self.agreed_peer(key).await }
    }

    async fn peers(&self) -> Result<Vec<Peer>, LedgerError> {
        let accounts = self.accounts_by(Act::ReadPeers, self.accounts_config(discriminator::PEER)).await?;
        Ok(accounts
            .iter()
            .filter_map(|(address, account)| self.addresses.read_peer(address, account))
            .collect())
    }

    async fn census(&self) -> Result<Census, LedgerError> {
        self.all_peers().await
    }

    async fn signed(&self, post: &Post) -> Result<Signed<Post>, LedgerError> {
        self.proven(post).await
    }

    async fn retraction(&self, post: &Post) -> Result<Signed<PostId>, LedgerError> {
        self.proven_retraction(post).await
    }

    fn endpoints(&self) -> Vec<EndpointReport> {
        self.endpoints.reports()
    }

    async fn publish(&self, log_url: &LogUrl, file_hash: FileHash) -> Result<Published, LedgerError> {
        self.publish_log(log_url, file_hash).await
    }

    fn post_accounts(&self, file_hash: FileHash) -> Vec<NamedAccount> {
        self.accounts_of_post(file_hash)
    }

    async fn like(&self, post: &Post) -> Result<Option<TxId>, LedgerError> {
        self.like_post(post).await
    }

    async fn dispute(&self, post: &Post) -> Result<Option<TxId>, LedgerError> {
        self.dispute_post(post).await
    }

    async fn retract(&self, post: PostId) -> Result<Option<TxId>, LedgerError> {
        self.retract_post(post).await
    }

    async fn retire(&self, post: &Post) -> Result<Option<TxId>, LedgerError> {
        self.retire_post(post).await
    }

    async fn close_verdict(&self, kind: VerdictKind, post: PostId) -> Result<Option<TxId>, LedgerError> {
        self.close_own_verdict(kind, post).await
    }

    async fn network(&self) -> Result<NetworkState, LedgerError> {
        self.network_now().await
    }

    async fn advance_cycle(&self) -> Result<Option<TxId>, LedgerError> {
        self.record_cycle().await
    }

    async fn leave(&self) -> Result<TxId, LedgerError> {
        self.leave_network().await
    }

    async fn join(&self, endpoint: &str, founder: Option<&Founder>) -> Result<TxId, LedgerError> {
        self.join_network(endpoint, founder).await
    }

    async fn set_endpoint(&self, endpoint: &str) -> Result<TxId, LedgerError> {
        self.move_to(endpoint).await
    }

    async fn add_mirror(&self, post: PostId, url: &LogUrl) -> Result<Option<TxId>, LedgerError> {
        self.announce_mirror(post, url).await
    }

    async fn remove_mirror(&self, post: PostId, url: &str) -> Result<Option<TxId>, LedgerError> {
        self.withdraw_mirror(post, url).await
    }

    async fn transaction_of(&self, post: PostId) -> Result<Option<TxId>, LedgerError> {
        self.first_transaction_of(post).await
    }

    async fn likers(&self, post: PostId) -> Result<Vec<PeerKey>, LedgerError> {
        let kind = Memcmp::new_base58_encoded(0, &discriminator::LIKE);
        let of_post = Memcmp::new_base58_encoded(Verdict::POST_OFFSET, &post.0);
        let likes = self.accounts_by(Act::ReadLikes, self.config_of(vec![kind, of_post])).await?;
        let liker =
            |(address, account): &(Pubkey, UiAccount)| self.addresses.read_liker(address, account, post);
        Ok(likes.iter().filter_map(liker).collect())
    }

    async fn balance(&self) -> Result<u64, LedgerError> {
        let address = Pubkey::from(self.key.0);
        self.endpoints.ask(Act::ReadBalance, |client| client.get_balance(&address)).await
    }

    async fn follow(&self, max_age: Option<SignedDuration>, posts: mpsc::Sender<Post>) {
        self.follow_posts(max_age, posts).await;
    }
}

fn keypair(identity: &Identity) -> Keypair {
    Keypair::new_from_array(identity.signing_key().to_bytes())
}

fn level(commitment: Commitment) -> CommitmentConfig {
    match commitment {
        Commitment::Processed => CommitmentConfig::processed(),
        Commitment::Confirmed => CommitmentConfig::confirmed(),
        Commitment::Finalized => CommitmentConfig::finalized(),
    }
}
