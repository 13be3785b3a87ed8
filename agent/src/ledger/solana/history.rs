//! Which transaction made a post, and what its owner signed with it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use solana_client::{
    rpc_client::GetConfirmedSignaturesForAddress2Config, rpc_request::RpcRequest,
    rpc_response::RpcConfirmedTransactionStatusWithSignature,
};
use solana_commitment_config::CommitmentConfig;
use solana_sdk::{pubkey::Pubkey, signature::Signature};
use tokio::time::sleep;

use super::{
    SolanaLedger,
    endpoint::{ANSWER_TIMEOUT, Endpoint},
    proof::NotSigned,
};
use crate::{
    domain::{Commitment, Post, PostId, TxId},
    ledger::{Act, BoxedError, LedgerError, Signed},
};

/// Transactions that an endpoint names in one answer, at the most.
const PAGE: usize = 1000;

/// Such answers for one post: a like is a transaction too, and a post may have thousands.
const MAX_PAGES: usize = 10;

/// Transactions that are looked at for a proof, the oldest first: more than one name the mint of a post only when it was
/// retired and made again, or when somebody pays for naming it.
const MAX_CANDIDATES: usize = 4;

/// Pauses before the endpoints are asked once more about a post that has just been made: they tell of an account before
/// they know the transaction by its name.
const PAUSES: [u64; 6] = [50, 100, 200, 400, 800, 1600];

/// Age up to which a post has just been made.
const FRESH: SignedDuration = SignedDuration::from_secs(120);

/// Newest version of transactions that is asked for.
const VERSION: u8 = 1;

const ACT: Act = Act::ReadTransaction;

/// Why an endpoint has no proof.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoProof {
    #[error("{0} knows no such transaction: it hides it, or has forgotten it")]
    Unknown(String),
    #[error("{endpoint} gave transaction {transaction}")]
    NotSigned { endpoint: String, transaction: Signature, source: NotSigned },
}

/// A transaction as an endpoint gives it, so far as it is looked at.
#[derive(Deserialize)]
pub(super) struct Given {
    /// The bytes, and their encoding.
    pub(super) transaction: (String, String),
}

impl SolanaLedger {
    /// The oldest transaction that succeeded and names the post's account.
    pub(super) async fn first_transaction_of(&self, post: PostId) -> Result<Option<TxId>, LedgerError> {
        let account = Pubkey::from(post.0);
        let mut found = Ok(None);
        for endpoint in self.endpoints.in_order() {
            found = self.transactions_naming(endpoint, account).await;
            if matches!(&found, Ok(Some(transactions)) if !transactions.is_empty()) {
                break;
            }
        }
        Ok(found?.and_then(|transactions| transactions.first().map(|first| TxId((*first).into()))))
    }

    /// The post as its owner signed it, by the first endpoint that has the proof.
    pub(super) async fn proven(&self, post: &Post) -> Result<Signed<Post>, LedgerError> {
        let is_fresh = Timestamp::now().duration_since(post.timestamp) <= FRESH;
        self.patiently(is_fresh, || self.proven_by_any(post, |endpoint| self.proven_at(endpoint, post))).await
    }

    /// What `attempt` comes to, tried again for a while when what it looks for has just been made.
    pub(super) async fn patiently<T, F>(
        &self,
        is_fresh: bool,
        attempt: impl Fn() -> F,
    ) -> Result<T, LedgerError>
    where
        F: Future<Output = Result<T, LedgerError>>,
    {
        let pauses = PAUSES.iter().take(if is_fresh { PAUSES.len() } else { 0 });
        let mut pauses = pauses.map(|milliseconds| Duration::from_millis(*milliseconds));
        loop {
            let problem = match attempt().await {
                Ok(proven) => return Ok(proven),
                Err(problem) => problem,
            };
            match pauses.next() {
                Some(pause) => sleep(pause).await,
                None => return Err(problem),
            }
        }
    }

    /// The proof that the first endpoint gives which has one.
    pub(super) async fn proven_by_any<'s, T, F>(
        &'s self,
        post: &Post,
        proof_at: impl Fn(&'s Endpoint) -> F,
    ) -> Result<T, LedgerError>
    where
        F: Future<Output = Result<T, LedgerError>>,
    {
        let mut problem = None;
        for endpoint in self.endpoints.in_order() {
            match proof_at(endpoint).await {
                Ok(proven) => return Ok(proven),
                Err(error) => {
                    tracing::debug!(post = %post.id, %error, "looking for the proof of a post");
                    // That there is no proof says more than that somebody does not answer.
                    if problem.is_none() || !error.is_of_endpoint() {
                        problem = Some(error);
                    }
                }
            }
        }
        Err(problem.unwrap_or_else(|| unproven(post, NoProof::Unknown("nobody".to_owned()))))
    }

    /// A transaction in which the owner signed what the endpoint shows; or else, with other content than shown, the latest.
    async fn proven_at(&self, endpoint: &Endpoint, post: &Post) -> Result<Signed<Post>, LedgerError> {
        let mint = self.addresses.mint(&post.owner, &post.file_hash);
        let mut problem = NoProof::Unknown(endpoint.urls().rpc_name());
        let mut signed = None;
        let named = self.transactions_naming(endpoint, mint).await?.unwrap_or_default();
        for transaction in named.into_iter().take(MAX_CANDIDATES) {
            let Some(given) = self.transaction_at(endpoint, &transaction).await? else { continue };
            match self.addresses.signed_url(given.transaction.0, post) {
                Ok(log_url) if log_url == post.log_url => return Ok(Signed::new(post.clone())),
                Ok(log_url) => signed = Some(log_url),
                Err(source) => {
                    let endpoint = endpoint.urls().rpc_name();
                    problem = NoProof::NotSigned { endpoint, transaction, source };
                }
            }
        }
        let log_url = signed.ok_or_else(|| unproven(post, problem))?;
        tracing::warn!(
            post = %post.id, shown = post.log_url, signed = log_url,
            "an endpoint of the ledger shows a post otherwise than its owner signed it; what was signed counts"
        );
        Ok(Signed::new(Post { log_url, ..post.clone() }))
    }

    pub(super) async fn transaction_at(
        &self,
        endpoint: &Endpoint,
        transaction: &Signature,
    ) -> Result<Option<Given>, LedgerError> {
        let config = json!({
            "encoding": "base64",
            "commitment": self.commitment_of_history().commitment,
            "maxSupportedTransactionVersion": VERSION,
        });
        let wanted = json!([transaction.to_string(), config]);
        endpoint.ask(ACT, ANSWER_TIMEOUT, |client| client.send(RpcRequest::GetTransaction, wanted)).await
    }

    /// The transactions that succeeded and name `account`, oldest first; none when there are too many. Endpoints name the
    /// newest first.
    pub(super) async fn transactions_naming(
        &self,
        endpoint: &Endpoint,
        account: Pubkey,
    ) -> Result<Option<Vec<Signature>>, LedgerError> {
        let mut found = Vec::new();
        let mut before = None;
        for _ in 0..MAX_PAGES {
            let page = endpoint.ask(ACT, ANSWER_TIMEOUT, |client| {
                client.get_signatures_for_address_with_config(&account, self.page_before(before))
            });
            let page = page.await?;
            for transaction in page.iter().filter(|transaction| transaction.err.is_none()) {
                found.push(signature(endpoint, transaction)?);
            }
            let oldest = page.last().map(|transaction| signature(endpoint, transaction)).transpose()?;
            if page.len() < PAGE || oldest == before {
                found.reverse();
                return Ok(Some(found));
            }
            before = oldest;
        }
        Ok(None)
    }

    fn page_before(&self, before: Option<Signature>) -> GetConfirmedSignaturesForAddress2Config {
        GetConfirmedSignaturesForAddress2Config {
            before,
            until: None,
            limit: Some(PAGE),
            commitment: Some(self.commitment_of_history()),
        }
    }

    /// Of transactions that no block holds for certain, an endpoint keeps no history.
    fn commitment_of_history(&self) -> CommitmentConfig {
        match self.commitment {
            Commitment::Processed => CommitmentConfig::confirmed(),
            Commitment::Confirmed | Commitment::Finalized => self.level(),
        }
    }
}

pub(super) fn unproven(post: &Post, reason: NoProof) -> LedgerError {
    LedgerError::Unproven { act: ACT, post: post.id, source: reason.into() }
}

fn signature(
    endpoint: &Endpoint,
    named: &RpcConfirmedTransactionStatusWithSignature,
) -> Result<Signature, LedgerError> {
    named.signature.parse().map_err(|error: solana_sdk::signature::ParseSignatureError| {
        let source: BoxedError = error.into();
        LedgerError::Malformed { act: ACT, endpoint: endpoint.urls().rpc_name(), source }
    })
}
