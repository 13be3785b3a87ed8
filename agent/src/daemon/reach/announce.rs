//! Keeps the peer's endpoint on the ledger true.

use std::{sync::Arc, time::Duration};

use tokio::time::{error::Elapsed, sleep, timeout};

use super::PublicUrl;
use crate::{
    backoff::Backoff,
    config::Endpoint,
    domain::PeerKey,
    ledger::{Ledger, LedgerError},
};

/// Longest pause between two tries, a random part aside.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// Between two changes at least: each costs a fee.
const REST: Duration = Duration::from_secs(60);
/// How often it is looked whether the ledger still says the same, and whether this agent has joined meanwhile.
const LOOK: Duration = Duration::from_secs(3600);

/// How long the ledger may take to say where peers are sent: a connection from before the address changed never
/// answers.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the ledger does not say yet where this agent serves.
#[derive(Debug, thiserror::Error)]
enum EndpointError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("reading this peer: the ledger did not answer within {PATIENCE:?}")]
    Silent(#[from] Elapsed),
}

impl EndpointError {
    fn is_final(&self) -> bool {
        matches!(self, Self::Ledger(error) if error.is_final())
    }
}

/// Compares what the ledger says with what is true.
pub(super) struct Announcer {
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) me: PeerKey,
    pub(super) url: PublicUrl,
}

impl Announcer {
    /// Announces every change, for ever.
    pub(super) async fn run(&self) {
        let mut changes = self.url.0.clone();
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        loop {
            let url = changes.borrow_and_update().clone();
            let announced = match &url {
                Some(url) => self.announce(url).await,
                None => Ok(false),
            };
            let wait = match announced {
                Ok(changed) => {
                    backoff.reset();
                    if changed {
                        sleep(REST).await;
                    }
                    LOOK
                }
                Err(error) if error.is_final() => {
                    tracing::error!("telling the ledger where this agent serves: {error}");
                    LOOK
                }
                Err(error) => {
                    tracing::warn!("telling the ledger where this agent serves, to be tried again: {error}");
                    backoff.pause()
                }
            };
            if let Ok(Err(_)) = timeout(wait, changes.changed()).await {
                return;
            }
        }
    }

    /// Whether the ledger had to be told.
    async fn announce(&self, url: &Endpoint) -> Result<bool, EndpointError> {
        let Some(peer) = timeout(PATIENCE, self.ledger.peer(&self.me)).await?? else { return Ok(false) };
        if !peer.active || peer.base_url() == url.base() {
            return Ok(false);
        }
        let tx = self.ledger.set_endpoint(url.base()).await?;
        tracing::info!(
            step = "endpoint-set",
            url = url.base(),
            tx = %tx,
            "the ledger says now that this agent serves at {}",
            url.base()
        );
        Ok(true)
    }
}
