//! Who is an active peer, as the HTTPS server asks it: from memory where possible.
//!
//! Peers are looked up one by one, as they come: a stranger's key costs the ledger one question, and a newcomer is known
//! within seconds. Whoever looks for copies needs all of them at once, and keeps them in `likers`.

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

/// Active peers that are remembered.
const ACTIVE: usize = 16_384;
/// Unknown keys that are remembered, apart from the peers: strangers choose them, and must not push peers out.
const UNKNOWN: usize = 4096;
/// How long a peer counts as active without asking again.
const ACTIVE_FOR: Duration = Duration::from_secs(60);
/// How long an unknown key stays unknown: a newcomer need not wait long.
const UNKNOWN_FOR: Duration = Duration::from_secs(5);
/// Questions to the ledger at a time; a flood of unknown keys queues behind this.
const QUESTIONS: usize = 8;

/// The ledger's peers, remembered for a while.
pub(super) struct LedgerDirectory {
    ledger: Arc<dyn Ledger>,
    active: Mutex<LruCache<PeerKey, Instant>>,
    unknown: Mutex<LruCache<PeerKey, Instant>>,
    questions: Semaphore,
}

impl LedgerDirectory {
    /// A directory that knows nobody yet.
    #[must_use]
    pub(super) fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self {
            ledger,
            active: Mutex::new(LruCache::new(ACTIVE)),
            unknown: Mutex::new(LruCache::new(UNKNOWN)),
            questions: Semaphore::new(QUESTIONS),
        }
    }
}

fn asked_within(answers: &Mutex<LruCache<PeerKey, Instant>>, key: &PeerKey, fresh: Duration) -> bool {
    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
    answers.get(key).is_some_and(|asked| asked.elapsed() < fresh)
}

#[async_trait]
impl PeerDirectory for LedgerDirectory {
    fn remembered(&self, key: &PeerKey) -> Option<bool> {
        if asked_within(&self.active, key, ACTIVE_FOR) {
            return Some(true);
        }
        asked_within(&self.unknown, key, UNKNOWN_FOR).then_some(false)
    }

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
        let answers = if active { &self.active } else { &self.unknown };
        answers.lock().unwrap_or_else(PoisonError::into_inner).insert(*key, Instant::now());
        Ok(active)
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
