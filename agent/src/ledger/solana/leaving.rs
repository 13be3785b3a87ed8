//! The end of this peer's part in the network.

use jiff::Timestamp;
use sentinel_interface::{Instruction as Request, instruction::LeaveNetworkAccounts};

use super::SolanaLedger;
use crate::{
    domain::TxId,
    ledger::{Act, LedgerError, Refusal},
};

impl SolanaLedger {
    /// Leaves first: a peer that may not leave yet keeps its mirrors, and one that has left can still withdraw them.
    pub(super) async fn leave_network(&self) -> Result<TxId, LedgerError> {
        let accounts = LeaveNetworkAccounts {
            user: self.key.0,
            peer: self.addresses.peer(&self.key).to_bytes(),
            state: self.addresses.state().to_bytes(),
        };
        let order = self.order(Act::Leave, &accounts.metas(), &Request::LeaveNetwork, 0);
        let left = self.transact(&order, &[&self.keypair]).await;
        match &left {
            Ok(_) | Err(LedgerError::Refused { refusal: Refusal::NotPeer, .. }) => {
                self.withdraw_mirrors().await?
            }
            Err(LedgerError::Refused { refusal: Refusal::TooSoon, .. }) => {
                if let Some(from) = self.may_leave_from().await? {
                    return Err(LedgerError::TooSoon { act: Act::Leave, from });
                }
            }
            Err(_) => {}
        }
        Ok(left?.tx)
    }

    /// When the program will let this peer leave; none when that lies beyond all times.
    async fn may_leave_from(&self) -> Result<Option<Timestamp>, LedgerError> {
        let cycle_length = self.network_now().await?.parameters.cycle_length;
        let (address, config) = (self.addresses.peer(&self.key), self.account_config());
        let asked = self
            .endpoints
            .ask(Act::ReadPeer, |client| client.get_ui_account_with_config(&address, config.clone()));
        let Some(account) = asked.await?.value else { return Ok(None) };
        let last_post =
            self.addresses.last_post_in(&address, &account).map_err(|source| LedgerError::Malformed {
                act: Act::ReadPeer,
                endpoint: self.endpoints.used().urls().rpc_name(),
                source: source.into(),
            })?;
        let from = last_post.checked_add(cycle_length);
        Ok(from.and_then(|from| Timestamp::from_second(from).ok()))
    }

    /// Withdraws every mirror of this peer's that the ledger lists.
    pub(super) async fn withdraw_mirrors(&self) -> Result<(), LedgerError> {
        for post in self.posts_at(self.endpoints.used(), None).await? {
            for mirror in post.mirrors.iter().filter(|mirror| mirror.peer == self.key) {
                self.withdraw_mirror(post.id, &mirror.url).await?;
            }
        }
        Ok(())
    }
}
