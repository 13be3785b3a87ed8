//! The ledger over any Solana endpoint: JSON-RPC to ask and to act, a websocket to hear.
//!
//! An endpoint is a stranger. What it sends is taken apart by [`accounts`] with the program's own layouts,
//! and an account counts only at the address that its content leads to.

mod accounts;
mod addresses;
mod endpoint;
mod failure;
mod follow;
mod history;
mod posts;
mod requests;
mod transactions;

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use sentinel_interface::{
    Verdict,
    discriminator::{self, Discriminator},
};
use solana_client::{
    nonblocking::rpc_client::RpcClient,
    rpc_config::{RpcAccountInfoConfig, RpcProgramAccountsConfig, UiAccountEncoding},
    rpc_filter::{Memcmp, RpcFilterType},
    rpc_response::UiAccount,
};
use solana_commitment_config::CommitmentConfig;
use solana_sdk::{pubkey::Pubkey, signature::Keypair};
use tokio::{sync::mpsc, time::timeout};

use super::{Act, Founder, Ledger, LedgerError, Published, SettingsError, SolanaSettings, VerdictKind};
use crate::{
    domain::{Commitment, FileHash, LogUrl, NamedAccount, Peer, PeerKey, Post, PostId, TxId},
    identity::Identity,
};
use addresses::Addresses;

/// How long the endpoint may take for one answer, however often it asks to come back later.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The Sentinel program on Solana, as one peer uses it.
pub struct SolanaLedger {
    client: RpcClient,
    settings: SolanaSettings,
    addresses: Addresses,
    keypair: Keypair,
    key: PeerKey,
}

impl SolanaLedger {
    /// A client that acts as `identity`. Nothing is sent yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(settings: SolanaSettings, identity: &Identity) -> Result<Self, SettingsError> {
        Ok(Self {
            client: endpoint::client(&settings, level(settings.commitment()), ANSWER_TIMEOUT)?,
            addresses: Addresses::new(settings.program()),
            settings,
            keypair: keypair(identity),
            key: identity.peer_key(),
        })
    }

    fn commitment(&self) -> CommitmentConfig {
        level(self.settings.commitment())
    }

    /// Waits for the endpoint's answer, and says whose act failed.
    async fn ask<T>(
        &self,
        act: Act,
        answer: impl Future<Output = solana_client::client_error::Result<T>>,
    ) -> Result<T, LedgerError> {
        match timeout(ANSWER_TIMEOUT, answer).await {
            Ok(answer) => answer.map_err(|error| self.failure(act, error)),
            Err(elapsed) => Err(LedgerError::Unreachable {
                act,
                endpoint: self.settings.rpc_endpoint(),
                source: elapsed.into(),
            }),
        }
    }

    fn account_config(&self) -> RpcAccountInfoConfig {
        RpcAccountInfoConfig {
            // Not zstd: a stranger's few bytes could unpack to all of our memory.
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(self.commitment()),
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

    async fn accounts(&self, act: Act, kind: Discriminator) -> Result<Vec<(Pubkey, UiAccount)>, LedgerError> {
        self.accounts_by(act, self.accounts_config(kind)).await
    }

    async fn accounts_by(
        &self,
        act: Act,
        config: RpcProgramAccountsConfig,
    ) -> Result<Vec<(Pubkey, UiAccount)>, LedgerError> {
        let program = self.addresses.program();
        self.ask(act, self.client.get_program_ui_accounts_with_config(&program, config)).await
    }

    /// Every post made at or after `since`, oldest first.
    async fn posts(&self, since: Option<Timestamp>) -> Result<Vec<Post>, LedgerError> {
        let accounts = self.accounts(Act::ReadPosts, discriminator::POST).await?;
        let mut posts: Vec<_> = accounts
            .iter()
            .filter_map(|(address, account)| self.addresses.read_post(address, account))
            .collect();
        posts.retain(|post| since.is_none_or(|since| post.timestamp >= since));
        posts.sort_by_key(|post| (post.timestamp, post.id));
        Ok(posts)
    }
}

#[async_trait]
impl Ledger for SolanaLedger {
    async fn peer(&self, key: &PeerKey) -> Result<Option<Peer>, LedgerError> {
        let address = self.addresses.peer(key);
        let account = self
            .ask(Act::ReadPeer, self.client.get_ui_account_with_config(&address, self.account_config()))
            .await?;
        let Some(account) = account.value else { return Ok(None) };
        self.addresses.peer_in(&address, &account).map(Some).map_err(|source| LedgerError::Malformed {
            act: Act::ReadPeer,
            endpoint: self.settings.rpc_endpoint(),
            source: source.into(),
        })
    }

    async fn peers(&self) -> Result<Vec<Peer>, LedgerError> {
        let accounts = self.accounts(Act::ReadPeers, discriminator::PEER).await?;
        Ok(accounts
            .iter()
            .filter_map(|(address, account)| self.addresses.read_peer(address, account))
            .collect())
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
        self.ask(Act::ReadBalance, self.client.get_balance(&Pubkey::from(self.key.0))).await
    }

    async fn follow(&self, since: Option<Timestamp>, posts: mpsc::Sender<Post>) {
        self.follow_posts(since, posts).await;
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
