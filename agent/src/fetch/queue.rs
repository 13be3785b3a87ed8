//! Whose turn it is to fetch a new log, where many peers want it at the same moment.
//!
//! A reporter at home has an uplink that a few copies fill. Were all peers of a large network to ask it at once, nobody had
//! the log before nearly all have it. So they line up, in an order that everybody computes alike from the log's hash and nobody
//! can choose: the first in the queue asks the reporter at once, and who comes later takes the log from those who liked the
//! post by then. Where nobody does, as when the first ones are switched off, twice as many ask the reporter with each turn
//! that passes. In a small network nobody waits.

use std::time::Duration;

use crate::domain::{FileHash, Peer, PeerKey};

/// In a network with no more peers than these besides the reporter, all ask at once.
const AT_ONCE: usize = 5;
/// How long whoever is first has it alone: time for a megabyte over a home's uplink, and for a like to be seen.
const TURN: Duration = Duration::from_secs(2);
/// Downloads that one copy is trusted with at a time.
const EACH: usize = 8;

/// A place in the queue for a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Queue {
    ahead: usize,
}

impl Queue {
    /// The place with so many before it.
    pub(super) fn behind(ahead: usize) -> Self {
        Self { ahead }
    }

    /// How long after the first this place asks the reporter, where nobody else has a copy.
    pub(super) fn turn(self) -> Duration {
        TURN * (usize::BITS - self.ahead.leading_zeros())
    }

    /// Whether so many who have a copy are enough for all up to this place.
    pub(super) fn is_served_by(self, holders: usize) -> bool {
        self.ahead <= holders.saturating_mul(EACH)
    }
}

/// How many of `peers` fetch a log before `me`: none in a small network, where nobody waits. The log's owner has it already.
#[must_use]
pub fn ahead(me: PeerKey, owner: PeerKey, peers: &[Peer], log: FileHash) -> usize {
    let others = peers.iter().filter(|peer| peer.active && peer.key != owner && peer.key != me);
    if others.count() < AT_ONCE { 0 } else { rank(me, owner, peers, log) }
}

/// The place of `me` among `peers` for a log, whose owner has none, counted from 0.
pub(super) fn rank(me: PeerKey, owner: PeerKey, peers: &[Peer], log: FileHash) -> usize {
    let mine = lot(log, me);
    let others = peers.iter().filter(|peer| peer.active && peer.key != owner && peer.key != me);
    others.filter(|peer| lot(log, peer.key) < mine).count()
}

/// What a peer draws for a log; whoever draws less comes first.
pub(super) fn lot(log: FileHash, peer: PeerKey) -> FileHash {
    FileHash::of(&[log.0, peer.0].concat())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::Timestamp;

    use super::*;
    use crate::domain::Karma;

    fn key(number: u8) -> PeerKey {
        PeerKey([number; 32])
    }

    fn peer(number: u8) -> Peer {
        let endpoint = format!("https://peer-{number}.example:9000");
        Peer { key: key(number), active: true, karma: Karma(1), endpoint, joined: Timestamp::UNIX_EPOCH }
    }

    /// How many are before each of the peers but the first, who is the owner.
    fn places(peers: &[Peer], log: FileHash) -> Vec<usize> {
        peers[1..].iter().map(|peer| ahead(peer.key, key(0), peers, log)).collect()
    }

    #[test]
    fn in_a_small_network_nobody_waits() {
        for others in 1..=5 {
            let peers: Vec<Peer> = (0..=others).map(peer).collect();
            assert!(places(&peers, FileHash([7; 32])).iter().all(|ahead| *ahead == 0), "{others}");
        }
        assert_eq!(Queue::behind(0).turn(), Duration::ZERO);
        assert_eq!(ahead(key(9), key(0), &[], FileHash([7; 32])), 0, "nobody is known");
    }

    #[test]
    fn each_peer_of_a_large_network_has_a_place_of_its_own_and_another_for_another_log() {
        let peers: Vec<Peer> = (0..=50).map(peer).collect();
        let first = places(&peers, FileHash([7; 32]));
        assert_eq!(first.iter().collect::<HashSet<_>>().len(), 50);
        assert_eq!(first.iter().max(), Some(&49));
        assert_ne!(first, places(&peers, FileHash([8; 32])));
    }

    #[test]
    fn who_is_not_active_keeps_nobody_waiting() {
        let mut peers: Vec<Peer> = (0..=50).map(peer).collect();
        for peer in &mut peers[1..=40] {
            peer.active = false;
        }
        let places = places(&peers, FileHash([7; 32]));
        let active: HashSet<usize> = places[40..].iter().copied().collect();
        assert_eq!(active, (0..10).collect());
    }

    #[test]
    fn with_each_turn_twice_as_many_ask_the_reporter() {
        let waits = |ahead| Queue::behind(ahead).turn().as_secs();
        assert_eq!([0, 1, 2, 3, 4, 7, 8, 49, 1000].map(waits), [0, 2, 4, 4, 6, 6, 8, 12, 20]);
    }

    #[test]
    fn the_more_have_a_copy_the_more_are_served() {
        let served = |holders| (0..50).filter(|ahead| Queue::behind(*ahead).is_served_by(holders)).count();
        assert_eq!([0, 1, 2, 6, 7].map(served), [1, 9, 17, 49, 50]);
    }
}
