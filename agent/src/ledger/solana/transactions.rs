//! Acts on the ledger: build, sign, send, and wait until they are confirmed.
//!
//! An act is signed anew only when its last transaction can no longer be taken. Even if both were, the second
//! would be refused: peer, post and like have addresses that follow from what they are.

use std::time::Duration;

use sentinel_interface::{
    Instruction as Request, Url,
    instruction::{AccountMeta as Meta, JoinNetworkAccounts, LikePostAccounts, MintNftAccounts},
    program_id,
};
use solana_client::rpc_config::{RpcSendTransactionConfig, UiTransactionEncoding};
use solana_sdk::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
    signature::{Keypair, Signer},
    transaction::{Transaction, TransactionError},
};
use tokio::time::{Instant, sleep, timeout};

use super::{SolanaLedger, addresses::Addresses, keypair};
use crate::{
    domain::{FileHash, LogUrl, Post, PostId, TxId},
    ledger::{Act, Founder, LedgerError, Published, Refusal},
};

/// How often an act is signed anew after its blockhash expired (each lasts about a minute).
const ATTEMPTS: u32 = 3;

/// First pause between two looks at a transaction's status; the dev ledger has it by then.
const FIRST_PAUSE: Duration = Duration::from_millis(4);

/// Longest such pause: a slot.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// How often a transaction that nobody has confirmed is sent again, and its blockhash's age looked at.
const RESEND: Duration = Duration::from_secs(2);

/// After this time without a verdict the act is given up; a blockhash lives for about 60 s.
const CONFIRMATION: Duration = Duration::from_secs(120);

impl SolanaLedger {
    pub(super) async fn publish_log(
        &self,
        log_url: &LogUrl,
        file_hash: FileHash,
    ) -> Result<Published, LedgerError> {
        let mint = self.addresses.mint(&self.key, &file_hash);
        let post = self.addresses.post(&mint);
        let accounts = MintNftAccounts {
            owner: self.key.0,
            peer: self.addresses.peer(&self.key).to_bytes(),
            state: self.addresses.state().to_bytes(),
            post: post.to_bytes(),
            nft_mint: mint.to_bytes(),
            token_account: Addresses::token_account(&self.key, &mint).to_bytes(),
            token_program: program_id::TOKEN_2022,
            associated_token_program: program_id::ASSOCIATED_TOKEN,
            system_program: program_id::SYSTEM,
        };
        let request = Request::MintNft { log_url: url(Act::Publish, log_url.as_str())?, file_hash: file_hash.0 };
        let instruction = self.instruction(&accounts.metas(), &request);
        let sent = self.transact(Act::Publish, instruction, &[&self.keypair]).await;
        Ok(Published { post: PostId(post.to_bytes()), tx: unless(Refusal::AlreadyPosted, sent)? })
    }

    pub(super) async fn like_post(&self, post: &Post) -> Result<Option<TxId>, LedgerError> {
        let address = Pubkey::from(post.id.0);
        let accounts = LikePostAccounts {
            liker: self.key.0,
            liker_peer: self.addresses.peer(&self.key).to_bytes(),
            post: post.id.0,
            owner_peer: self.addresses.peer(&post.owner).to_bytes(),
            like: self.addresses.like(&self.key, &address).to_bytes(),
            state: self.addresses.state().to_bytes(),
            system_program: program_id::SYSTEM,
        };
        let instruction = self.instruction(&accounts.metas(), &Request::LikePost);
        unless(Refusal::AlreadyLiked, self.transact(Act::Like, instruction, &[&self.keypair]).await)
    }

    pub(super) async fn join_network(
        &self,
        endpoint: &str,
        founder: Option<&Founder>,
    ) -> Result<TxId, LedgerError> {
        let accounts = JoinNetworkAccounts {
            user: self.key.0,
            peer: self.addresses.peer(&self.key).to_bytes(),
            state: self.addresses.state().to_bytes(),
            system_program: program_id::SYSTEM,
        };
        let endpoint = url(Act::Join, endpoint)?;
        let Some(Founder { authority, karma }) = founder else {
            let request = Request::JoinNetwork { endpoint, karma: 0 };
            let instruction = self.instruction(&accounts.metas(), &request);
            return self.transact(Act::Join, instruction, &[&self.keypair]).await;
        };
        let metas = accounts.with_authority(authority.peer_key().0);
        let instruction = self.instruction(&metas, &Request::JoinNetwork { endpoint, karma: karma.0 });
        self.transact(Act::Join, instruction, &[&self.keypair, &keypair(authority)]).await
    }

    fn instruction(&self, metas: &[Meta], request: &Request<'_>) -> Instruction {
        let accounts = metas.iter().map(|meta| AccountMeta {
            pubkey: meta.address.into(),
            is_signer: meta.is_signer,
            is_writable: meta.is_writable,
        });
        Instruction {
            program_id: self.addresses.program(),
            accounts: accounts.collect(),
            data: request.encode().to_vec(),
        }
    }

    async fn transact(
        &self,
        act: Act,
        instruction: Instruction,
        signers: &[&Keypair],
    ) -> Result<TxId, LedgerError> {
        let mut transaction = Transaction::new_with_payer(&[instruction], Some(&self.keypair.pubkey()));
        let mut outcome = Outcome::Expired;
        for _ in 0..ATTEMPTS {
            let latest = self.client.get_latest_blockhash_with_commitment(self.commitment());
            let (blockhash, last_valid) = self.ask(act, latest).await?;
            transaction
                .try_sign(signers, blockhash)
                .map_err(|error| self.failure(act, error.into()))?;
            outcome = self.send_and_confirm(act, &transaction, last_valid).await?;
            if outcome != Outcome::Expired {
                break;
            }
        }
        let tx = TxId(transaction.signatures.first().copied().unwrap_or_default().into());
        match outcome {
            Outcome::Confirmed => Ok(tx),
            Outcome::Expired | Outcome::Unknown => {
                Err(LedgerError::Unconfirmed { act, endpoint: self.settings.rpc_url().to_owned(), tx })
            }
        }
    }

    async fn send_and_confirm(
        &self,
        act: Act,
        transaction: &Transaction,
        last_valid: u64,
    ) -> Result<Outcome, LedgerError> {
        match self.send(act, transaction, false).await {
            // Nobody knows whether it arrived, so it is waited for like one that did.
            Ok(()) | Err(LedgerError::Unreachable { .. }) => {}
            Err(error) if is_stale(&error) => return Ok(Outcome::Expired),
            Err(error) => return Err(error),
        }
        timeout(CONFIRMATION, self.confirm(act, transaction, last_valid)).await.unwrap_or(Ok(Outcome::Unknown))
    }

    async fn send(&self, act: Act, transaction: &Transaction, skip_preflight: bool) -> Result<(), LedgerError> {
        let config = RpcSendTransactionConfig {
            skip_preflight,
            preflight_commitment: Some(self.commitment().commitment),
            encoding: Some(UiTransactionEncoding::Base64),
            ..RpcSendTransactionConfig::default()
        };
        self.ask(act, self.client.send_transaction_with_config(transaction, config)).await.map(drop)
    }

    async fn confirm(
        &self,
        act: Act,
        transaction: &Transaction,
        last_valid: u64,
    ) -> Result<Outcome, LedgerError> {
        let mut pause = FIRST_PAUSE;
        let mut sent = Instant::now();
        loop {
            if self.is_confirmed(act, transaction).await? {
                return Ok(Outcome::Confirmed);
            }
            if sent.elapsed() >= RESEND {
                sent = Instant::now();
                if self.ask(act, self.client.get_block_height()).await? > last_valid {
                    // It may have been taken in the very last slot.
                    let taken = self.is_confirmed(act, transaction).await?;
                    return Ok(if taken { Outcome::Confirmed } else { Outcome::Expired });
                }
                if let Err(error) = self.send(act, transaction, true).await {
                    tracing::debug!(%error, "sending a transaction again");
                }
            }
            sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    async fn is_confirmed(&self, act: Act, transaction: &Transaction) -> Result<bool, LedgerError> {
        let statuses = self.ask(act, self.client.get_signature_statuses(&transaction.signatures)).await?;
        match statuses.value.into_iter().next().flatten() {
            Some(status) => match status.err {
                Some(error) => Err(self.transaction_failure(act, error)),
                None => Ok(status.satisfies_commitment(self.commitment())),
            },
            None => Ok(false),
        }
    }
}

/// What became of a transaction that was sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Confirmed,
    /// It was not taken while it could be, and never will be.
    Expired,
    Unknown,
}

/// Whether the endpoint never took the transaction because it does not know its blockhash: nodes behind one
/// endpoint are not all equally far.
fn is_stale(error: &LedgerError) -> bool {
    let LedgerError::Transaction { source, .. } = error else { return false };
    source.downcast_ref() == Some(&TransactionError::BlockhashNotFound)
}

/// Takes the refusal that says that it was done before for what it is: done.
fn unless(done: Refusal, sent: Result<TxId, LedgerError>) -> Result<Option<TxId>, LedgerError> {
    match sent {
        Err(LedgerError::Refused { refusal, .. }) if refusal == done => Ok(None),
        sent => sent.map(Some),
    }
}

/// The URL as the program takes it; refused here as the program would refuse it.
fn url(act: Act, text: &str) -> Result<Url<'_>, LedgerError> {
    Url::new(text).map_err(|error| LedgerError::Refused { act, refusal: error.into() })
}
