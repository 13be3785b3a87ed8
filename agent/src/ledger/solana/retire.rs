//! The end of a post of this peer's.

use sentinel_interface::{Instruction as Request, instruction::RetirePostAccounts, program_id};
use solana_sdk::pubkey::Pubkey;

use super::{SolanaLedger, addresses::Addresses, requests::unless_done};
use crate::{
    domain::{Post, PostId, TxId},
    ledger::{Act, LedgerError, Refusal},
};

impl SolanaLedger {
    /// Somebody may have announced a mirror that was not seen here: then the post is looked at once more.
    pub(super) async fn retire_post(&self, post: &Post) -> Result<Option<TxId>, LedgerError> {
        match self.end_post(post).await {
            Err(LedgerError::Refused { refusal: Refusal::StillMirrored, .. }) => {
                match self.post_now(post.id).await? {
                    Some(post) => self.end_post(&post).await,
                    None => Ok(None),
                }
            }
            ended => ended,
        }
    }

    /// The mirrors go one by one: their URLs may be so long that they do not fit into one transaction.
    async fn end_post(&self, post: &Post) -> Result<Option<TxId>, LedgerError> {
        for mirror in &post.mirrors {
            self.withdraw(mirror.peer, post.id, &mirror.url).await?;
        }
        let mint = self.addresses.mint(&self.key, &post.file_hash);
        let accounts = RetirePostAccounts {
            owner: self.key.0,
            post: post.id.0,
            nft_mint: mint.to_bytes(),
            token_account: Addresses::token_account(&self.key, &mint).to_bytes(),
            state: self.addresses.state().to_bytes(),
            token_program: program_id::TOKEN_2022,
        };
        let order = self.order(Act::Retire, &accounts.metas(), &Request::RetirePost, 0);
        unless_done(&[Refusal::NoPost], self.transact(&order, &[&self.keypair]).await)
    }

    /// A post as the ledger has it at the moment.
    async fn post_now(&self, post: PostId) -> Result<Option<Post>, LedgerError> {
        let (address, config) = (Pubkey::from(post.0), self.account_config());
        let asked = self
            .endpoints
            .ask(Act::ReadPosts, |client| client.get_ui_account_with_config(&address, config.clone()));
        let Some(account) = asked.await?.value else { return Ok(None) };
        self.addresses.post_in(&address, &account).map(Some).map_err(|source| LedgerError::Malformed {
            act: Act::ReadPosts,
            endpoint: self.endpoints.used().urls().rpc_name(),
            source: source.into(),
        })
    }
}
