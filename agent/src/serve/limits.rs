//! How much a peer may have, and how much nonsense a source address may send.
//!
//! Three tables, each of bounded size: at most 16,384 peers, 16,384 source addresses and 65,536 signatures, which is
//! about 15 MB in all when every one of them is full. Only requests that are signed by an active peer reach the
//! tables of peers and signatures, so no stranger can push anything out of those.

use std::collections::VecDeque;

use super::{expiring::ExpiringMap, refusal::Refusal, source::Source};
use crate::domain::{PeerKey, REQUEST_VALIDITY_SECONDS, SignedRequest};

const MAX_PEERS: usize = 16_384;
const MAX_SOURCES: usize = 16_384;
const MAX_SIGNATURES: usize = 65_536;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// What a peer or a source address may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    /// Requests that a peer may make within a minute.
    pub requests_per_minute: usize,
    /// Bytes that a peer may download in a day (UTC).
    pub bytes_per_day: u64,
    /// Refused requests that a source address may send within a minute.
    pub refusals_per_minute: usize,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { requests_per_minute: 10, bytes_per_day: 100 * 1024 * 1024, refusals_per_minute: 60 }
    }
}

/// The moments (Unix seconds) of the last minute at which something happened.
#[derive(Debug, Default)]
struct Minute(VecDeque<i64>);

impl Minute {
    /// Seconds until there is room for one more, when there are `limit` already.
    fn wait(&mut self, limit: usize, now: i64) -> Option<u64> {
        // A moment in the future is one from before the clock was set back.
        self.0.retain(|moment| (0..MINUTE).contains(&(now - moment)));
        if self.0.len() < limit {
            return None;
        }
        let oldest = self.0.front().copied().unwrap_or(now);
        Some((oldest + MINUTE).abs_diff(now))
    }
}

#[derive(Debug, Default)]
struct Usage {
    requests: Minute,
    day: i64,
    bytes: u64,
}

/// Everything that is counted, over the requests so far.
#[derive(Debug)]
pub(super) struct Limits {
    settings: LimitSettings,
    peers: ExpiringMap<PeerKey, Usage>,
    sources: ExpiringMap<Source, Minute>,
    signatures: ExpiringMap<[u8; 32], ()>,
}

impl Limits {
    pub(super) fn new(settings: LimitSettings) -> Self {
        Self {
            settings,
            peers: ExpiringMap::new(MAX_PEERS),
            sources: ExpiringMap::new(MAX_SOURCES),
            signatures: ExpiringMap::new(MAX_SIGNATURES),
        }
    }

    /// Whether a request from `source` is worth looking at.
    pub(super) fn check_source(&mut self, source: Source, now: i64) -> Result<(), Refusal> {
        let limit = self.settings.refusals_per_minute;
        match self.sources.get_mut(&source, now).and_then(|minute| minute.wait(limit, now)) {
            Some(retry_after) => Err(Refusal::Source { retry_after }),
            None => Ok(()),
        }
    }

    /// Counts a request that proved nothing against where it came from.
    pub(super) fn blame(&mut self, source: Source, now: i64) {
        let limit = self.settings.refusals_per_minute;
        let minute = self.sources.touch(source, now + MINUTE, now);
        if minute.wait(limit, now).is_none() {
            minute.0.push_back(now);
        }
    }

    /// Counts a proven request against its peer: good once, and only so many a minute.
    pub(super) fn admit(&mut self, request: &SignedRequest, now: i64) -> Result<(), Refusal> {
        // The first half of an Ed25519 signature names the request: a key that signed two messages with the same
        // one would have given itself away.
        let name: [u8; 32] = std::array::from_fn(|at| request.signature[at]);
        if self.signatures.get_mut(&name, now).is_some() {
            return Err(Refusal::Replay);
        }
        let limit = self.settings.requests_per_minute;
        let requests = &mut self.peers.touch(request.key, now + DAY, now).requests;
        if let Some(retry_after) = requests.wait(limit, now) {
            return Err(Refusal::Rate { limit, retry_after });
        }
        requests.0.push_back(now);
        let expiry = request.timestamp.saturating_add_unsigned(REQUEST_VALIDITY_SECONDS + 1);
        self.signatures.touch(name, expiry, now);
        Ok(())
    }

    /// Counts a download of `bytes` against the peer's day, before its first byte is sent.
    pub(super) fn charge(&mut self, key: &PeerKey, bytes: u64, now: i64) -> Result<(), Refusal> {
        let limit = self.settings.bytes_per_day;
        let usage = self.peers.touch(*key, now + DAY, now);
        let today = now.div_euclid(DAY);
        if usage.day != today {
            (usage.day, usage.bytes) = (today, 0);
        }
        let total = usage.bytes.saturating_add(bytes);
        if total > limit {
            return Err(Refusal::Quota { limit, retry_after: ((today + 1) * DAY).abs_diff(now) });
        }
        usage.bytes = total;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::identity::Identity;

    const NOW: i64 = 1_795_000_000;
    const MB: u64 = 1024 * 1024;

    fn source(text: &str) -> Source {
        Source::from(text.parse::<IpAddr>().unwrap())
    }

    fn limits() -> Limits {
        Limits::new(LimitSettings::default())
    }

    #[test]
    fn a_signature_is_good_once_for_as_long_as_its_timestamp_is() {
        let mut limits = limits();
        let request = Identity::generate().unwrap().sign_request("u", NOW);
        assert_eq!(limits.admit(&request, NOW - 300), Ok(()));
        for now in [NOW - 300, NOW, NOW + 300] {
            assert_eq!(limits.admit(&request, now), Err(Refusal::Replay));
        }
    }

    #[test]
    fn the_eleventh_request_within_a_minute_waits_until_the_first_is_a_minute_old() {
        let (mut limits, peer) = (limits(), Identity::generate().unwrap());
        for second in 0..10 {
            let now = NOW + second;
            assert_eq!(limits.admit(&peer.sign_request("u", now), now), Ok(()));
        }
        let eleventh = peer.sign_request("u", NOW + 10);
        assert_eq!(limits.admit(&eleventh, NOW + 10), Err(Refusal::Rate { limit: 10, retry_after: 50 }));
        assert_eq!(limits.admit(&eleventh, NOW + 60), Ok(()));
        let other = Identity::generate().unwrap().sign_request("u", NOW);
        assert_eq!(limits.admit(&other, NOW + 10), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let (mut limits, peer) = (limits(), Identity::generate().unwrap());
        for second in 0..10 {
            limits.admit(&peer.sign_request("u", NOW + second), NOW + second).unwrap();
        }
        let earlier = NOW - 100_000;
        assert_eq!(limits.admit(&peer.sign_request("u", earlier), earlier), Ok(()));
    }

    #[test]
    fn a_download_that_would_cross_the_days_quota_waits_until_midnight() {
        let (mut limits, key) = (limits(), PeerKey([1; 32]));
        let midnight = (NOW / DAY + 1) * DAY;
        assert_eq!(limits.charge(&key, 95 * MB, NOW), Ok(()));
        assert_eq!(
            limits.charge(&key, 5 * MB + 1, midnight - 10),
            Err(Refusal::Quota { limit: 100 * MB, retry_after: 10 })
        );
        assert_eq!(limits.charge(&key, 5 * MB, midnight - 10), Ok(()));
        assert_eq!(limits.charge(&PeerKey([2; 32]), 100 * MB, NOW), Ok(()));
        assert_eq!(limits.charge(&key, 100 * MB, midnight), Ok(()));
    }

    #[test]
    fn sixty_refused_requests_a_minute_close_the_door_to_their_source_alone() {
        let mut limits = limits();
        let bad = source("2001:db8::1");
        for _ in 0..60 {
            assert_eq!(limits.check_source(bad, NOW), Ok(()));
            limits.blame(bad, NOW);
        }
        let neighbour_in_the_same_64 = source("2001:db8::2");
        assert_eq!(
            limits.check_source(neighbour_in_the_same_64, NOW + 20),
            Err(Refusal::Source { retry_after: 40 })
        );
        assert_eq!(limits.check_source(source("2001:db8:0:1::1"), NOW), Ok(()));
        assert_eq!(limits.check_source(bad, NOW + 60), Ok(()));
    }
}
