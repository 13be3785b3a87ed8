//! Events -> attackers: a threshold over a sliding window per address.
//!
//! Pure: the time of each event is an argument. Memory is bounded by [`Settings::max_tracked`] networks and
//! [`MAX_EVIDENCE_BYTES`] of lines; beyond either, the longest silent network is forgotten.

mod track;
mod weight;

use hashlink::LruCache;
use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};
use sentinel_parsers::{Kind, Provenance, Service};

use crate::guard::canonical;
use track::Track;
pub use track::{MAX_LINE_BYTES, MAX_LINES};
pub use weight::{FAILED_LOGIN, weight};

/// Bytes of log lines that are kept for all networks together.
pub const MAX_EVIDENCE_BYTES: usize = 16 * 1024 * 1024;

/// When hostile events make an attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Failed log-ins, or what weighs as much, within the window.
    pub threshold: u32,
    /// The sliding window.
    pub window: SignedDuration,
    /// Networks counted at once; the longest silent is forgotten first.
    pub max_tracked: usize,
    /// Prefix length by which IPv6 addresses are counted together.
    pub ipv6_prefix: u8,
}

/// One hostile event, as the detector counts it.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Who did it.
    pub address: std::net::IpAddr,
    /// The daemon that was attacked.
    pub service: Service,
    /// What happened.
    pub kind: Kind,
    /// Whether the address is proven.
    pub provenance: Provenance,
    /// The attacker's port, by which the lines of one connection are told to belong together.
    pub port: Option<u16>,
    /// How many times.
    pub count: u32,
    /// When.
    pub at: Timestamp,
    /// The log line, redacted, where it may become evidence.
    pub line: Option<Vec<u8>>,
}

/// An attacker that this agent detected, with the lines that prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    /// The accused: an address, or the IPv6 network it is counted by.
    pub network: IpNetwork,
    /// The daemon that was attacked.
    pub service: Service,
    /// Hostile events within the window.
    pub events: u32,
    /// The first of them.
    pub first: Timestamp,
    /// The last of them.
    pub last: Timestamp,
    /// The first and last lines, oldest first.
    pub lines: Vec<Vec<u8>>,
}

impl Detection {
    /// The name of the detector that made it.
    #[must_use]
    pub fn detector(&self) -> String {
        detector_name(self.service)
    }
}

/// The detector that counts a service's events, such as `sshd-bruteforce`.
#[must_use]
pub fn detector_name(service: Service) -> String {
    format!("{}-bruteforce", service.as_str())
}

/// Counts hostile events per network and service.
#[derive(Debug)]
pub struct Detector {
    settings: Settings,
    tracks: LruCache<(IpNetwork, Service), Track>,
    evidence_bytes: usize,
}

impl Detector {
    /// A detector that has seen nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, tracks: LruCache::new_unbounded(), evidence_bytes: 0 }
    }

    /// Counts one event; says so when it makes its source an attacker, and then counts from zero again.
    ///
    /// An address that is only claimed (spoofable) is not counted: anybody could make us block anybody.
    pub fn observe(&mut self, hit: Hit) -> Option<Detection> {
        if weight(hit.kind) == 0 || hit.provenance == Provenance::Claimed {
            return None;
        }
        let (network, service) = (network_of(hit.address, self.settings.ipv6_prefix), hit.service);
        let key = (network, service);
        let mut track = self.take(&key).unwrap_or_default();
        track.push(hit, self.settings.window);
        if track.points() >= self.settings.threshold.saturating_mul(FAILED_LOGIN) {
            return Some(track.into_detection(network, service));
        }
        self.keep(key, track);
        None
    }

    fn take(&mut self, key: &(IpNetwork, Service)) -> Option<Track> {
        let track = self.tracks.remove(key)?;
        self.evidence_bytes -= track.bytes();
        Some(track)
    }

    fn keep(&mut self, key: (IpNetwork, Service), track: Track) {
        self.evidence_bytes += track.bytes();
        self.tracks.insert(key, track);
        while self.tracks.len() > self.settings.max_tracked || self.evidence_bytes > MAX_EVIDENCE_BYTES {
            let Some((_, silent)) = self.tracks.remove_lru() else { return };
            self.evidence_bytes -= silent.bytes();
        }
    }

    /// Forgets networks whose last event has left the window by `now`.
    pub fn forget_silent(&mut self, now: Timestamp) {
        let window = self.settings.window;
        let is_silent =
            |track: &Track| track.newest().is_none_or(|newest| now.duration_since(newest) >= window);
        while self.tracks.iter().next().is_some_and(|(_, track)| is_silent(track)) {
            let Some((_, silent)) = self.tracks.remove_lru() else { return };
            self.evidence_bytes -= silent.bytes();
        }
    }

    /// The wall clock was set by so much, and the times of events to come with it: no window shrinks or grows for it.
    pub fn clock_set(&mut self, by: SignedDuration) {
        for (_, track) in self.tracks.iter_mut() {
            track.clock_set(by);
        }
    }

    /// How many networks are being counted.
    #[must_use]
    pub fn tracked(&self) -> usize {
        self.tracks.len()
    }
}

/// The network by which an address is counted and blocked: itself, or the prefix around an IPv6 address.
#[must_use]
pub fn network_of(address: std::net::IpAddr, ipv6_prefix: u8) -> IpNetwork {
    let host = canonical(IpNetwork::from(address));
    match host {
        IpNetwork::V6(v6) => IpNetwork::new(v6.ip().into(), ipv6_prefix).map_or(host, canonical),
        IpNetwork::V4(_) => host,
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
