//! Who is an active peer, as the HTTPS server asks it: from memory where possible.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use hashlink::LruCache;
use tokio::sync::Semaphore;

use crate::{
    domain::PeerKey,
    ledger::Ledger,
    serve::{DirectoryUnavailable, PeerDirectory},
};

/// Answers that are remembered; strangers choose the keys, so they are bounded.
const REMEMBERED: usize = 4096;
/// How long a peer counts as active without asking again.
const ACTIVE_FOR: Duration = Duration::from_secs(60);
/// How long an unknown key stays unknown: a newcomer need not wait long.
const UNKNOWN_FOR: Duration = Duration::from_secs(5);
/// Questions to the ledger at a time; a flood of unknown keys queues behind this.
const QUESTIONS: usize = 8;

/// The ledger's peers, remembered for a while.
pub(super) struct LedgerDirectory {
    ledger: Arc<dyn Ledger>,
    known: Mutex<LruCache<PeerKey, (bool, Instant)>>,
    questions: Semaphore,
}

impl LedgerDirectory {
    /// A directory that knows nobody yet.
    #[must_use]
    pub(super) fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self { ledger, known: Mutex::new(LruCache::new(REMEMBERED)), questions: Semaphore::new(QUESTIONS) }
    }

    fn remembered(&self, key: &PeerKey) -> Option<bool> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (active, asked) = *known.get(key)?;
        let fresh = if active { ACTIVE_FOR } else { UNKNOWN_FOR };
        (asked.elapsed() < fresh).then_some(active)
    }
}

#[async_trait]
impl PeerDirectory for LedgerDirectory {
    async fn is_active(&self, key: &PeerKey) -> Result<bool, DirectoryUnavailable> {
        if let Some(active) = self.remembered(key) {
            return Ok(active);
        }
        let unavailable = |source| DirectoryUnavailable { key: *key, source };
        let _turn = self.questions.acquire().await.map_err(|error| unavailable(error.into()))?;
        if let Some(active) = self.remembered(key) {
            return Ok(active);
        }
        let peer = self.ledger.peer(key).await.map_err(|error| unavailable(error.into()))?;
        let active = peer.is_some_and(|peer| peer.active);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(*key, (active, Instant::now()));
        Ok(active)
    }
}

/// The directory of an agent without a ledger: nobody is a peer.
pub(super) struct NoPeers;

#[async_trait]
impl PeerDirectory for NoPeers {
    async fn is_active(&self, _: &PeerKey) -> Result<bool, DirectoryUnavailable> {
        Ok(false)
    }
}
