//! What the ledger said about keys, and for how long that holds.

use std::time::{Duration, Instant};

use hashlink::LruCache;

use crate::domain::PeerKey;

/// Active peers that are remembered.
const ACTIVE: usize = 16_384;
/// Unknown keys that are remembered, apart from the peers: strangers choose them, and must not push peers out.
const UNKNOWN: usize = 4096;
/// How long a peer counts as active without asking again.
const ACTIVE_FOR: Duration = Duration::from_secs(60);
/// How long it does while the ledger cannot be asked.
const TRUSTED_FOR: Duration = Duration::from_secs(600);
/// After how long the ledger is asked again when it could not be.
const RETRY: Duration = Duration::from_secs(10);
/// How long an unknown key stays unknown: a newcomer need not wait long.
const UNKNOWN_FOR: Duration = Duration::from_secs(5);

/// The answers of the last minutes.
#[derive(Debug)]
pub(super) struct Memory {
    active: LruCache<PeerKey, Active>,
    unknown: LruCache<PeerKey, Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Active {
    said: Instant,
    ask_again: Instant,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It is an active peer's.
    Active,
    /// It was an active peer's some minutes ago.
    ActiveBefore,
    /// It is none's.
    NotActive,
    /// The ledger was not asked lately.
    Nothing,
}

impl Default for Memory {
    fn default() -> Self {
        Self { active: LruCache::new(ACTIVE), unknown: LruCache::new(UNKNOWN) }
    }
}

impl Memory {
    pub(super) fn of(&mut self, key: &PeerKey, now: Instant) -> Known {
        if let Some(&Active { said, ask_again }) = self.active.get(key) {
            if now < ask_again {
                return Known::Active;
            }
            if now.saturating_duration_since(said) < TRUSTED_FOR {
                return Known::ActiveBefore;
            }
        }
        match self.unknown.get(key) {
            Some(said) if now.saturating_duration_since(*said) < UNKNOWN_FOR => Known::NotActive,
            _ => Known::Nothing,
        }
    }

    /// The ledger answered.
    pub(super) fn learn(&mut self, key: PeerKey, is_active: bool, now: Instant) {
        if is_active {
            self.active.insert(key, Active { said: now, ask_again: now + ACTIVE_FOR });
        } else {
            self.active.remove(&key);
            self.unknown.insert(key, now);
        }
    }

    /// The ledger could not be asked: says whether the peer counts as active all the same, and then for a while.
    pub(super) fn trust(&mut self, key: &PeerKey, now: Instant) -> bool {
        let Some(active) = self.active.get_mut(key) else { return false };
        if now.saturating_duration_since(active.said) >= TRUSTED_FOR {
            return false;
        }
        active.ask_again = active.ask_again.max(now + RETRY);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: PeerKey = PeerKey([1; 32]);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_active_peer_is_believed_for_a_minute_and_a_stranger_refused_for_five_seconds() {
        let (mut memory, start, stranger) = (Memory::default(), Instant::now(), PeerKey([2; 32]));
        assert_eq!(memory.of(&KEY, start), Known::Nothing);
        memory.learn(KEY, true, start);
        memory.learn(stranger, false, start);
        assert_eq!(memory.of(&KEY, start + seconds(59)), Known::Active);
        assert_eq!(memory.of(&KEY, start + seconds(60)), Known::ActiveBefore);
        assert_eq!(memory.of(&stranger, start + seconds(4)), Known::NotActive);
        assert_eq!(memory.of(&stranger, start + seconds(5)), Known::Nothing);
    }

    #[test]
    fn while_the_ledger_cannot_be_asked_a_peer_stays_active_for_ten_minutes_and_a_stranger_does_not_become_one()
     {
        let (mut memory, start) = (Memory::default(), Instant::now());
        memory.learn(KEY, true, start);
        for at in [60, 300, 599].map(seconds) {
            assert!(memory.trust(&KEY, start + at));
            assert_eq!(memory.of(&KEY, start + at), Known::Active, "and is not asked about each time");
        }
        assert!(!memory.trust(&KEY, start + seconds(610)));
        assert_eq!(memory.of(&KEY, start + seconds(610)), Known::Nothing);
        assert!(!memory.trust(&PeerKey([2; 32]), start));
    }

    #[test]
    fn a_peer_that_left_is_not_trusted_any_more() {
        let (mut memory, start) = (Memory::default(), Instant::now());
        memory.learn(KEY, true, start);
        memory.learn(KEY, false, start + seconds(61));
        assert_eq!(memory.of(&KEY, start + seconds(62)), Known::NotActive);
        assert!(!memory.trust(&KEY, start + seconds(62)));
    }
}
