//! Which transaction made a post.

use solana_client::{
    rpc_client::GetConfirmedSignaturesForAddress2Config,
    rpc_response::RpcConfirmedTransactionStatusWithSignature,
};
use solana_commitment_config::CommitmentConfig;
use solana_sdk::{pubkey::Pubkey, signature::Signature};

use super::SolanaLedger;
use crate::{
    domain::{Commitment, PostId, TxId},
    ledger::{Act, LedgerError},
};

/// Transactions that an endpoint names in one answer, at the most.
const PAGE: usize = 1000;

/// Such answers for one post: a like is a transaction too, and a post may have thousands.
const MAX_PAGES: usize = 10;

const ACT: Act = Act::ReadTransaction;

impl SolanaLedger {
    /// The oldest transaction that succeeded and names the post's account. Endpoints name the newest first.
    pub(super) async fn first_transaction_of(&self, post: PostId) -> Result<Option<TxId>, LedgerError> {
        let account = Pubkey::from(post.0);
        let mut first = None;
        let mut before = None;
        for _ in 0..MAX_PAGES {
            let config = GetConfirmedSignaturesForAddress2Config {
                before,
                until: None,
                limit: Some(PAGE),
                commitment: Some(self.commitment_of_history()),
            };
            let page =
                self.ask(ACT, self.client.get_signatures_for_address_with_config(&account, config)).await?;
            if let Some(made) = page.iter().rev().find(|transaction| transaction.err.is_none()) {
                first = Some(self.signature(made)?);
            }
            let oldest = page.last().map(|transaction| self.signature(transaction)).transpose()?;
            if page.len() < PAGE || oldest == before {
                return Ok(first.map(|signature| TxId(signature.into())));
            }
            before = oldest;
        }
        Ok(None)
    }

    /// Of transactions that no block holds for certain, an endpoint keeps no history.
    fn commitment_of_history(&self) -> CommitmentConfig {
        match self.settings.commitment() {
            Commitment::Processed => CommitmentConfig::confirmed(),
            Commitment::Confirmed | Commitment::Finalized => self.commitment(),
        }
    }

    fn signature(
        &self,
        named: &RpcConfirmedTransactionStatusWithSignature,
    ) -> Result<Signature, LedgerError> {
        named.signature.parse().map_err(|error: solana_sdk::signature::ParseSignatureError| {
            LedgerError::Malformed { act: ACT, endpoint: self.settings.rpc_endpoint(), source: error.into() }
        })
    }
}
