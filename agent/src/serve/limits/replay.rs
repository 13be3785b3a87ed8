//! Each signature is good once, also across restarts and when there are more signatures than can be remembered.
//!
//! What was seen is remembered until its timestamp is too old anyway. What cannot be remembered is excluded by time:
//! below a floor no timestamp is accepted any more. When the table is full, the floor rises to the timestamp of what
//! is forgotten. After a restart every peer has a floor of its own: the latest timestamp that it can have signed with
//! before, which the database keeps (see `quota`). A peer that asks again takes a later timestamp, as after any
//! replay; with floors for all peers together, one with a clock in the future could lock out the others.

use std::collections::HashMap;

use super::super::{expiring::ExpiringMap, refusal::Refusal};
use crate::domain::{PeerKey, REQUEST_VALIDITY_SECONDS, SignedRequest};

/// How long a signature is remembered at the most, in seconds: from one that came as early as it may.
const LONGEST: i64 = 2 * VALIDITY + 1;
const VALIDITY: i64 = REQUEST_VALIDITY_SECONDS.cast_signed();

/// The signatures that were used, as far as they could be used again.
#[derive(Debug)]
pub(super) struct Replays {
    /// By the first half of the signature, with its timestamp.
    used: ExpiringMap<[u8; 32], i64>,
    floor: i64,
    /// From before the restart; void once they are older than any timestamp that passes.
    floors: HashMap<PeerKey, i64>,
    floors_until: i64,
}

impl Replays {
    /// Remembers `capacity` signatures.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            used: ExpiringMap::new(capacity, LONGEST),
            floor: i64::MIN,
            floors: HashMap::new(),
            floors_until: i64::MIN,
        }
    }

    /// A peer may have used any timestamp up to this one before the restart. One that could not have passed by `now`
    /// is of a clock that was wrong, and would lock the peer out.
    pub(super) fn exclude(&mut self, peer: PeerKey, signed_until: i64, slack: i64, now: i64) {
        if signed_until > now.saturating_add_unsigned(REQUEST_VALIDITY_SECONDS) + slack {
            return;
        }
        self.floors.insert(peer, signed_until);
        self.floors_until =
            self.floors_until.max(signed_until.saturating_add_unsigned(REQUEST_VALIDITY_SECONDS));
    }

    /// Whether this request may be the first with its signature.
    pub(super) fn check(&mut self, request: &SignedRequest, now: i64) -> Result<(), Refusal> {
        if now > self.floors_until {
            self.floors = HashMap::new();
        }
        // A floor above all that is timely is of a clock that was ahead: it would lock everybody out.
        if self.floor > now.saturating_add(VALIDITY) {
            self.floor = i64::MIN;
        }
        let floor = self.floors.get(&request.key).copied().unwrap_or(i64::MIN).max(self.floor);
        if request.timestamp <= floor || self.used.get_mut(&name(request), now).is_some() {
            return Err(Refusal::Replay);
        }
        Ok(())
    }

    /// This request was let in.
    pub(super) fn remember(&mut self, request: &SignedRequest, now: i64) {
        let expiry = request.timestamp.saturating_add_unsigned(REQUEST_VALIDITY_SECONDS + 1);
        if let Some(forgotten) = self.used.make_room(now) {
            self.floor = self.floor.max(forgotten);
        }
        *self.used.touch(name(request), expiry, now) = request.timestamp;
    }
}

/// The first half of an Ed25519 signature names the request: a key that signed two messages with the same one would
/// have given itself away.
fn name(request: &SignedRequest) -> [u8; 32] {
    std::array::from_fn(|at| request.signature[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Identity;

    const NOW: i64 = 1_795_000_000;

    fn admit(replays: &mut Replays, request: &SignedRequest, now: i64) -> Result<(), Refusal> {
        replays.check(request, now).inspect(|()| replays.remember(request, now))
    }

    #[test]
    fn a_signature_is_good_once_for_as_long_as_its_timestamp_is() {
        let mut replays = Replays::new(10);
        let request = Identity::generate().unwrap().sign_request("u", NOW);
        assert_eq!(admit(&mut replays, &request, NOW - 300), Ok(()));
        for now in [NOW - 300, NOW, NOW + 300] {
            assert_eq!(admit(&mut replays, &request, now), Err(Refusal::Replay));
        }
    }

    #[test]
    fn a_signature_that_had_to_be_forgotten_is_still_not_good_again() {
        let (mut replays, peer) = (Replays::new(2), Identity::generate().unwrap());
        let requests = [1, 2, 3].map(|second| peer.sign_request("u", NOW + second));
        for request in &requests {
            assert_eq!(admit(&mut replays, request, NOW), Ok(()));
        }
        for request in &requests {
            assert_eq!(admit(&mut replays, request, NOW), Err(Refusal::Replay));
        }
        assert_eq!(admit(&mut replays, &peer.sign_request("u", NOW + 4), NOW), Ok(()));
    }

    #[test]
    fn after_a_restart_a_peer_needs_a_later_timestamp_than_it_had_and_nobody_else_does() {
        let (peer, other) = (Identity::generate().unwrap(), Identity::generate().unwrap());
        let mut restarted = Replays::new(10);
        restarted.exclude(peer.peer_key(), NOW + 200, 15, NOW);
        assert_eq!(admit(&mut restarted, &peer.sign_request("u", NOW + 200), NOW), Err(Refusal::Replay));
        assert_eq!(admit(&mut restarted, &peer.sign_request("u", NOW + 201), NOW), Ok(()));
        assert_eq!(admit(&mut restarted, &other.sign_request("u", NOW), NOW), Ok(()));
        assert_eq!(restarted.floors.len(), 1);
        let _ = restarted.check(&other.sign_request("u", NOW), NOW + 501);
        assert!(restarted.floors.is_empty(), "what is too old for everybody needs no floor");
    }

    #[test]
    fn a_table_that_was_full_when_the_clock_was_ahead_locks_nobody_out() {
        let (mut replays, peer) = (Replays::new(2), Identity::generate().unwrap());
        let ahead = NOW + 86_400;
        for second in 1..=3 {
            let request = peer.sign_request("u", ahead + second);
            assert_eq!(admit(&mut replays, &request, ahead), Ok(()));
        }
        for second in [9, 5] {
            assert_eq!(admit(&mut replays, &peer.sign_request("u", NOW + second), NOW), Ok(()));
        }
    }

    #[test]
    fn a_clock_that_was_ahead_before_the_restart_locks_nobody_out() {
        let (mut restarted, peer) = (Replays::new(10), Identity::generate().unwrap());
        restarted.exclude(peer.peer_key(), NOW + 86_400, 15, NOW);
        assert_eq!(admit(&mut restarted, &peer.sign_request("u", NOW), NOW), Ok(()));
    }
}
