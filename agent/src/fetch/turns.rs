//! Who downloads now, and who waits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use crate::domain::PeerKey;

/// Downloads at a time of copies that nobody vouches for, whoever has them: anybody can say that it has one.
const UNVOUCHED: usize = 2;

/// What a download shares with others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shared {
    /// For whose posts or copies: a peer whose hosts have many names is still one.
    Peer(PeerKey),
    /// That nobody vouches for it.
    Unvouched,
    /// Where it comes from.
    Host(String),
}

/// Turns to download.
pub(super) struct Turns {
    all: Arc<Semaphore>,
    each: usize,
    shared: Mutex<HashMap<Shared, Weak<Semaphore>>>,
}

/// A turn; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _permits: Vec<OwnedSemaphorePermit>,
}

impl Turns {
    /// So many turns at a time, and so many of them at one host and for one peer.
    pub(super) fn new(all: usize, each: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), each, shared: Mutex::default() }
    }

    /// Waits for a turn. What is scarcest is waited for first, so that who waits for a slow host keeps nobody else waiting.
    pub(super) async fn take(&self, with: Option<Shared>, url: &str) -> Turn {
        let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let shared = with.into_iter().chain(host.map(Shared::Host));
        let semaphores = shared.map(|what| self.shared(what)).chain([Arc::clone(&self.all)]);
        let mut permits = Vec::new();
        for semaphore in semaphores.collect::<Vec<_>>() {
            // A closed semaphore lets everybody pass; nobody closes these.
            permits.extend(semaphore.acquire_owned().await.ok());
        }
        Turn { _permits: permits }
    }

    fn shared(&self, what: Shared) -> Arc<Semaphore> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.retain(|_, semaphore| semaphore.strong_count() > 0);
        if let Some(semaphore) = shared.get(&what).and_then(Weak::upgrade) {
            return semaphore;
        }
        let most = if what == Shared::Unvouched { UNVOUCHED } else { self.each };
        let semaphore = Arc::new(Semaphore::new(most));
        shared.insert(what, Arc::downgrade(&semaphore));
        semaphore
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    async fn waits(turns: &Turns, with: Option<Shared>, url: &str) -> bool {
        timeout(Duration::from_millis(20), turns.take(with, url)).await.is_err()
    }

    #[tokio::test]
    async fn who_waits_for_a_busy_host_keeps_nobody_else_waiting() {
        let turns = Turns::new(3, 2);
        let _one = turns.take(None, "https://slow.example:9000/1").await;
        let two = turns.take(None, "https://slow.example:9000/2").await;
        assert!(waits(&turns, None, "https://SLOW.example/3").await);
        let _other = turns.take(None, "https://fast.example/1").await;
        assert!(waits(&turns, None, "https://third.example/1").await, "three are all");
        drop(two);
        assert!(!waits(&turns, None, "https://slow.example:9000/3").await);
    }

    #[tokio::test]
    async fn a_peer_with_many_hosts_has_no_more_turns_than_one_with_a_single_host() {
        let turns = Turns::new(9, 1);
        let [one, other] = [1, 2].map(|number| Some(Shared::Peer(PeerKey([number; 32]))));
        let first = turns.take(one.clone(), "https://a.example/1").await;
        assert!(waits(&turns, one.clone(), "https://b.example/1").await);
        assert!(!waits(&turns, other, "https://b.example/1").await);
        drop(first);
        assert!(!waits(&turns, one, "https://b.example/1").await);
    }

    #[tokio::test]
    async fn copies_that_nobody_vouches_for_leave_turns_to_all_others_however_many_peers_have_them() {
        let turns = Turns::new(8, 4);
        let copy = || Some(Shared::Unvouched);
        let one = turns.take(copy(), "https://a.example/1").await;
        let _two = turns.take(copy(), "https://b.example/1").await;
        assert!(waits(&turns, copy(), "https://c.example/1").await);
        assert!(!waits(&turns, None, "https://c.example/1").await);
        drop(one);
        assert!(!waits(&turns, copy(), "https://c.example/1").await);
    }

    #[tokio::test]
    async fn hosts_that_nobody_asks_any_more_are_forgotten() {
        let turns = Turns::new(9, 1);
        for host in 0..1000 {
            drop(turns.take(None, &format!("https://host-{host}.example/")).await);
        }
        assert!(turns.shared.lock().unwrap().len() <= 1);
    }
}
