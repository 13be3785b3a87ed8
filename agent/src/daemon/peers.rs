//! Who is a peer, and with how much karma: told to the engine, which decides by it.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::sleep};

use super::{core::Core, outbox::Outbox};
use crate::{backoff::Backoff, ledger::Ledger};

/// How often all peers are read. A reporter's karma is asked for with each of its posts besides.
const EVERY: Duration = Duration::from_secs(300);
/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Keeps the engine informed of what the ledger says of peers.
pub(super) struct PeerWatch {
    pub(super) core: Arc<Core>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) outbox: Outbox,
    /// Whether they were read once: before that, nobody's words are counted.
    pub(super) read: watch::Sender<bool>,
}

impl PeerWatch {
    /// Reads them again and again, for ever.
    pub(super) async fn run(self) {
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        loop {
            match self.ledger.census().await {
                Ok(census) => {
                    let done = self.core.decide(|engine, now| engine.meet(&census, now)).await;
                    if let Err(error) = done.committed() {
                        tracing::error!("what follows from peers' karma: {error}");
                    }
                    self.outbox.wake();
                    backoff.reset();
                    let _ = self.read.send(true);
                    sleep(EVERY).await;
                }
                Err(error) => {
                    tracing::warn!("reading the ledger's peers; trying again: {error}");
                    sleep(backoff.pause()).await;
                }
            }
        }
    }
}
