//! How far each endpoint is.

use std::time::Duration;

use super::SolanaLedger;
use crate::ledger::{Act, LedgerError};

/// How long an endpoint may take to say so: somebody is waiting.
const PATIENCE: Duration = Duration::from_secs(8);

impl SolanaLedger {
    /// The slot that each endpoint has reached, by its name: scheme, host and port. All are asked at once.
    pub async fn slots(&self) -> Vec<(String, Result<u64, LedgerError>)> {
        let answers = self.endpoints.ask_each(Act::ReadState, PATIENCE, |client| client.get_slot()).await;
        answers.into_iter().map(|(endpoint, slot)| (endpoint.urls().rpc_name(), slot)).collect()
    }
}
