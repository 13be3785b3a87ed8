//! How much a peer may have, and how much nonsense a source address may send.
//!
//! Three tables, each of bounded size: at most 16,384 peers, 16,384 source addresses and 65,536 signatures, which is
//! about 15 MB in all when every one of them is full. Only requests that are signed by an active peer reach the
//! tables of peers and signatures, so no stranger can push anything out of those.
//!
//! What a restart must not forget is given out as records: see [`Limits::unwritten`].

use std::collections::HashSet;

use super::{expiring::ExpiringMap, refusal::Refusal, source::Source};
use crate::{
    domain::{PeerKey, REQUEST_VALIDITY_SECONDS, SignedRequest},
    record::PeerUsage,
};

mod quota;
mod replay;
mod sources;
#[cfg(test)]
mod tests;

use quota::{AHEAD, DAY, Usage};
use replay::Replays;
use sources::Sources;

const MAX_PEERS: usize = 16_384;

/// What a peer or a source address may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    /// Requests that a peer may make within a minute.
    pub requests_per_minute: usize,
    /// Bytes that a peer may download in a day (UTC).
    pub bytes_per_day: u64,
    /// Refused requests and failed handshakes that a source address may cause within a minute; as many again are
    /// told to wait, and then its connections are dropped. Of answers that nobody has to prove anything for, and of
    /// a peer's requests beyond its rate, there are five times as many before they count too.
    pub refusals_per_minute: usize,
    /// Signatures that are remembered; when there are more within ten minutes, older timestamps are refused.
    pub signatures: usize,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            requests_per_minute: 10,
            bytes_per_day: 100 * 1024 * 1024,
            refusals_per_minute: 60,
            signatures: 65_536,
        }
    }
}

/// Everything that is counted, over the requests so far.
#[derive(Debug)]
pub(super) struct Limits {
    settings: LimitSettings,
    peers: ExpiringMap<PeerKey, Usage>,
    sources: Sources,
    replays: Replays,
    changed: HashSet<PeerKey>,
}

/// What a request that is let in asks of who writes things down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Writing {
    /// There is time.
    Later,
    /// Before long, or a crash would make its signature good again.
    Now,
}

impl Limits {
    pub(super) fn new(settings: LimitSettings) -> Self {
        Self {
            settings,
            peers: ExpiringMap::new(MAX_PEERS, 2 * DAY),
            sources: Sources::new(settings.refusals_per_minute),
            replays: Replays::new(settings.signatures),
            changed: HashSet::new(),
        }
    }

    /// Which records [`Limits::restore`] needs at `now`: of this day and later, or signed after this time.
    pub(super) fn relevant(now: i64) -> (i64, i64) {
        (quota::day(now), now.saturating_sub_unsigned(REQUEST_VALIDITY_SECONDS))
    }

    /// Takes up what was written down before a restart.
    pub(super) fn restore(&mut self, records: Vec<PeerUsage>, now: i64) {
        for record in records {
            let peer = record.peer;
            self.replays.exclude(peer, record.signed_until, AHEAD, now);
            *self.peers.touch(peer, now + DAY, now) = record.into();
        }
    }

    /// What changed since the last time; `exact` when nothing more will come.
    pub(super) fn unwritten(&mut self, exact: bool, now: i64) -> Vec<PeerUsage> {
        let Self { changed, peers, .. } = self;
        changed
            .drain()
            .filter_map(|peer| peers.get_mut(&peer, now).map(|usage| usage.record(peer, exact)))
            .collect()
    }

    /// Whether a request from `source` is worth looking at.
    pub(super) fn check_source(&mut self, source: Source, now: i64) -> Result<(), Refusal> {
        self.sources.check(source, now)
    }

    /// Whether nothing more is said to a source, not even in a handshake.
    pub(super) fn is_shut_out(&mut self, source: Source, now: i64) -> bool {
        self.sources.is_shut_out(source, now)
    }

    /// Counts something that led to nothing against where it came from.
    pub(super) fn blame(&mut self, source: Source, now: i64) {
        self.sources.blame(source, now);
    }

    /// Counts an answer that costs little against where it goes; when there are too many, it is a refusal.
    pub(super) fn courtesy(&mut self, source: Source, now: i64) -> Result<(), Refusal> {
        self.sources.courtesy(source, now)
    }

    /// Counts a proven request against its peer: good once, and only so many a minute.
    pub(super) fn admit(&mut self, request: &SignedRequest, now: i64) -> Result<Writing, Refusal> {
        self.replays.check(request, now)?;
        let usage = self.peers.touch(request.key, now + DAY, now);
        usage.request(self.settings.requests_per_minute, now)?;
        let is_urgent = usage.signed(request.timestamp);
        self.replays.remember(request, now);
        self.changed.insert(request.key);
        Ok(if is_urgent { Writing::Now } else { Writing::Later })
    }

    /// Sets `bytes` of the peer's day aside, before the first of them is sent.
    pub(super) fn charge(&mut self, key: &PeerKey, bytes: u64, now: i64) -> Result<(), Refusal> {
        let limit = self.settings.bytes_per_day;
        self.peers.touch(*key, now + DAY, now).charge(bytes, limit, now)?;
        self.changed.insert(*key);
        Ok(())
    }

    /// Gives back what was set aside at `then` and not sent after all.
    pub(super) fn refund(&mut self, key: &PeerKey, bytes: u64, then: i64, now: i64) {
        if let Some(usage) = self.peers.get_mut(key, now) {
            usage.refund(bytes, quota::day(then));
            self.changed.insert(*key);
        }
    }
}
