//! Who is an active peer, as the HTTPS server asks it: from memory where possible.
//!
//! Peers are looked up one by one, as they come: a stranger's key costs the ledger one question, and a newcomer is
//! known within seconds. Whoever looks for copies needs all of them at once, and keeps them in `likers`.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::{sync::Semaphore, time::timeout};
use tracing::debug;

use crate::{
    domain::PeerKey,
    ledger::{BoxedError, Ledger},
    serve::{DirectoryUnavailable, PeerDirectory},
};

mod memory;

use memory::{Known, Memory};

/// Questions to the ledger at a time about keys that were no active peer's when it was asked last; a flood of
/// unknown keys queues behind this.
const QUESTIONS: usize = 8;
/// Questions at a time about those that were: they wait for no stranger.
const QUESTIONS_ABOUT_PEERS: usize = 8;
/// How long the ledger may take to say whether a peer is still active.
const PEER_TIMEOUT: Duration = Duration::from_secs(2);

/// The ledger's peers, remembered for a while.
pub(super) struct LedgerDirectory {
    ledger: Arc<dyn Ledger>,
    memory: Mutex<Memory>,
    questions: Semaphore,
    questions_about_peers: Semaphore,
}

impl LedgerDirectory {
    /// A directory that knows nobody yet.
    #[must_use]
    pub(super) fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self {
            ledger,
            memory: Mutex::default(),
            questions: Semaphore::new(QUESTIONS),
            questions_about_peers: Semaphore::new(QUESTIONS_ABOUT_PEERS),
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the ledger when it is this key's turn, unless somebody asked meanwhile.
    async fn ask(&self, key: &PeerKey, turns: &Semaphore) -> Result<bool, BoxedError> {
        let _turn = turns.acquire().await?;
        if let Some(active) = self.remembered(key) {
            return Ok(active);
        }
        let active = self.ledger.peer(key).await?.is_some_and(|peer| peer.active);
        self.memory().learn(*key, active, Instant::now());
        Ok(active)
    }

    /// The same about one that was active not long ago, and stays so while the ledger cannot be asked.
    async fn ask_about_peer(&self, key: &PeerKey) -> Result<bool, BoxedError> {
        let problem: BoxedError =
            match timeout(PEER_TIMEOUT, self.ask(key, &self.questions_about_peers)).await {
                Ok(Ok(active)) => return Ok(active),
                Ok(Err(error)) => error,
                Err(late) => late.into(),
            };
        if self.memory().trust(key, Instant::now()) {
            debug!(peer = %key, error = %problem, "taking a peer for active as before: the ledger cannot be asked");
            return Ok(true);
        }
        Err(problem)
    }
}

#[async_trait]
impl PeerDirectory for LedgerDirectory {
    fn remembered(&self, key: &PeerKey) -> Option<bool> {
        match self.memory().of(key, Instant::now()) {
            Known::Active => Some(true),
            Known::NotActive => Some(false),
            Known::ActiveBefore | Known::Nothing => None,
        }
    }

    async fn is_active(&self, key: &PeerKey) -> Result<bool, DirectoryUnavailable> {
        let known = self.memory().of(key, Instant::now());
        let answer = match known {
            Known::Active => Ok(true),
            Known::NotActive => Ok(false),
            Known::ActiveBefore => self.ask_about_peer(key).await,
            Known::Nothing => self.ask(key, &self.questions).await,
        };
        answer.map_err(|source| DirectoryUnavailable { key: *key, source })
    }
}

/// The directory of an agent without a ledger: nobody is a peer.
pub(super) struct NoPeers;

#[async_trait]
impl PeerDirectory for NoPeers {
    fn remembered(&self, _: &PeerKey) -> Option<bool> {
        Some(false)
    }

    async fn is_active(&self, _: &PeerKey) -> Result<bool, DirectoryUnavailable> {
        Ok(false)
    }
}
