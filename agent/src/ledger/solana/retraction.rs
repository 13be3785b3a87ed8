//! Whether the owner of a post took it back.

use solana_sdk::pubkey::Pubkey;

use super::{
    SolanaLedger,
    endpoint::Endpoint,
    history::{NoProof, unproven},
};
use crate::{
    domain::{Post, PostId},
    ledger::{LedgerError, Signed},
};

/// Transactions that are looked at, the newest first. The program takes no verdicts on what was taken back, so hardly
/// anything comes after it.
const MAX_CANDIDATES: usize = 16;

impl SolanaLedger {
    /// The proof of a retraction, by the first endpoint that has it. It may have happened just now, however old the post.
    pub(super) async fn proven_retraction(&self, post: &Post) -> Result<Signed<PostId>, LedgerError> {
        let by_any = || self.proven_by_any(post, |endpoint| self.retracted_at(endpoint, post));
        self.patiently(post.retracted, by_any).await
    }

    async fn retracted_at(&self, endpoint: &Endpoint, post: &Post) -> Result<Signed<PostId>, LedgerError> {
        let mut problem = NoProof::Unknown(endpoint.urls().rpc_name());
        let named = self.transactions_naming(endpoint, Pubkey::from(post.id.0)).await?.unwrap_or_default();
        for transaction in named.into_iter().rev().take(MAX_CANDIDATES) {
            let Some(given) = self.transaction_at(endpoint, &transaction).await? else { continue };
            match self.addresses.is_retracted_by(given.transaction.0, post) {
                Ok(()) => return Ok(Signed::new(post.id)),
                Err(source) => {
                    let endpoint = endpoint.urls().rpc_name();
                    problem = NoProof::NotSigned { endpoint, transaction, source };
                }
            }
        }
        Err(unproven(post, problem))
    }
}
