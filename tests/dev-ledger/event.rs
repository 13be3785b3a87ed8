//! What happens on the ledger, for whoever subscribed.

use std::sync::Arc;

use solana_client::rpc_response::SlotInfo;
use solana_sdk::{pubkey::Pubkey, signature::Signature, transaction::TransactionError};

use super::Account;

#[derive(Clone, Debug)]
pub(super) enum Event {
    /// A slot began.
    Slot(SlotInfo),
    /// An account is no longer what it was.
    Account { slot: u64, address: Pubkey, account: Arc<Account> },
    /// A transaction was processed.
    Signature { slot: u64, signature: Signature, error: Option<TransactionError> },
}
