//! Events -> attackers: what each source does is counted, and what is too much makes it an attacker.
//!
//! | detector | counts | of |
//! |---|---|---|
//! | `SERVICE-bruteforce`, `-abuse`, `-web-attack`, `-alert` | weight within a window | events of one service |
//! | `SERVICE-slow-bruteforce` | failed log-ins over hours | all services together |
//! | `SERVICE-user-enumeration` | different user names | one service |
//! | `SERVICE-flood` | requests that honest clients make too | one service |
//! | `SERVICE-path-enumeration`, `-port-scan` | different pages that are missing, different ports | one service |
//!
//! A severe alert or a known exploit is enough by itself. What is proven and what is only claimed of a source is
//! counted apart, so that nobody adds to an innocent's account.
//!
//! Pure: the time of each event is an argument. Memory is bounded by [`Settings::max_tracked`] sources,
//! [`MAX_BYTES`] of what is kept of them and the fixed table of slow brute force; beyond, the longest silent source is
//! forgotten, but rather one that has done little.

mod gauge;
mod hit;
mod settings;
mod slow;
mod targets;
mod track;
mod weight;

use std::net::IpAddr;

use hashlink::{LruCache, lru_cache::Entry};
use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};
use sentinel_parsers::{Provenance, Service};

use crate::guard::canonical;
use gauge::Measure;
pub use hit::{Detection, Hit, Method, SeenLine, detector_name};
pub use settings::{Limits, MAX_TARGETS, Settings};
use slow::Slow;
pub use targets::Mark;
pub use track::{MAX_LINE_BYTES, MAX_LINES};
use track::{TooMuch, Track};
pub use weight::{FAILED_LOGIN, Points, weight};

/// Bytes of log lines and targets that are kept of all sources together.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Sources that are passed over, since they have done more, before one is forgotten all the same.
const PASSED_OVER: usize = 8;

/// A source's account with one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Account {
    network: IpNetwork,
    service: Service,
    provenance: Provenance,
}

/// All detectors.
#[derive(Debug)]
pub struct Detector {
    settings: Settings,
    tracks: LruCache<Account, Track>,
    slow: Slow,
    bytes: usize,
}

impl Detector {
    /// A detector that has seen nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let slow = Slow::new(slow_measure(&settings));
        Self { settings, tracks: LruCache::new_unbounded(), slow, bytes: 0 }
    }

    /// Goes by other settings from now on. What it has seen stays and counts with the next event, but for slow brute force
    /// where that is measured otherwise now.
    #[must_use]
    pub fn going_by(mut self, settings: Settings) -> Self {
        if slow_measure(&settings) != slow_measure(&self.settings) {
            self.slow = Slow::new(slow_measure(&settings));
        }
        self.settings = settings;
        self.make_room();
        self
    }

    /// What it goes by.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Counts one event; says so when it makes its source an attacker, and then counts nothing of it for a
    /// while. `line` gives the log line; it is asked for only when it may become evidence.
    pub fn observe(&mut self, hit: &Hit, line: impl FnOnce() -> Option<Vec<u8>>) -> Option<Detection> {
        let limits = self.settings.of(hit.service)?;
        let network = network_of(hit.address, self.settings.ipv6_prefix);
        let account = Account { network, service: hit.service, provenance: hit.provenance };
        let track = match self.tracks.entry(account) {
            Entry::Occupied(mut known) => {
                known.to_back();
                known.into_mut()
            }
            Entry::Vacant(new) => new.insert(Track::default()),
        };
        let Settings { quiet, quiet_of_claimed, .. } = self.settings;
        let quiet = if hit.is_proven() { quiet } else { quiet_of_claimed };
        if track.is_quiet(hit.at.as_millisecond(), quiet) {
            return None;
        }
        let bytes = track.bytes();
        let (gained, found) = track.push(hit, limits, || if hit.is_proven() { line() } else { None });
        let found = found.or_else(|| {
            let counts = hit.is_slow_attempt();
            let at = u32::try_from(hit.at.as_second()).unwrap_or_default();
            let slow = TooMuch { method: Method::SlowBruteForce, events: self.settings.slow_threshold };
            (counts && gained > 0 && self.slow.add(network, gained, at)).then_some(slow)
        });
        let detection = found.map(|found| detection(track, account, found, hit));
        self.bytes = self.bytes.saturating_sub(bytes) + track.bytes();
        self.make_room();
        detection
    }

    /// Forgets the longest silent, but passes over some that have done more.
    fn make_room(&mut self) {
        let mut passed_over = 0;
        while self.tracks.len() > self.settings.max_tracked || self.bytes > MAX_BYTES {
            let Some((account, track)) = self.tracks.remove_lru() else { return };
            let threshold = self.settings.of(account.service).map_or(0, |limits| limits.threshold);
            let has_done_more = track.points() >= threshold.saturating_mul(FAILED_LOGIN) / 2;
            if has_done_more && passed_over < PASSED_OVER {
                passed_over += 1;
                self.tracks.insert(account, track);
            } else {
                self.bytes = self.bytes.saturating_sub(track.bytes());
            }
        }
    }

    /// Forgets sources whose last event does not matter any more by `now`.
    pub fn forget_silent(&mut self, now: Timestamp) {
        let memory = i64::try_from(self.settings.memory().as_millis()).unwrap_or(i64::MAX);
        let oldest = now.as_millisecond().saturating_sub(memory);
        while self.tracks.iter().next().is_some_and(|(_, track)| track.newest() <= oldest) {
            let Some((_, silent)) = self.tracks.remove_lru() else { return };
            self.bytes = self.bytes.saturating_sub(silent.bytes());
        }
    }

    /// Forgets what a source did.
    pub fn forgive(&mut self, network: IpNetwork) {
        for service in Service::ALL {
            for provenance in [Provenance::Proven, Provenance::Claimed] {
                let forgiven = self.tracks.remove(&Account { network, service, provenance });
                self.bytes = self.bytes.saturating_sub(forgiven.map_or(0, |track| track.bytes()));
            }
        }
    }

    /// The wall clock was set by so much, and the times of events to come with it: no window shrinks or grows for it.
    pub fn clock_set(&mut self, by: SignedDuration) {
        let milliseconds = i64::try_from(by.as_millis()).unwrap_or_default();
        for (_, track) in self.tracks.iter_mut() {
            track.clock_set(milliseconds);
        }
        self.slow.clock_set(by.as_secs());
    }

    /// What has been collected of one address that is not found out yet, service by service: as a detection would have
    /// it now.
    pub fn collected(&self, address: IpAddr) -> impl Iterator<Item = Detection> {
        let network = network_of(address, self.settings.ipv6_prefix);
        Service::ALL.into_iter().filter_map(move |service| {
            let account = Account { network, service, provenance: Provenance::Proven };
            self.tracks.peek(&account)?.collected(account)
        })
    }

    /// How many sources are being counted.
    #[must_use]
    pub fn tracked(&self) -> usize {
        self.tracks.len()
    }
}

/// How much of failed log-ins is slow brute force, and within which time.
fn slow_measure(settings: &Settings) -> Measure {
    let window = u32::try_from(settings.slow_window.as_secs()).unwrap_or(u32::MAX).max(1);
    Measure { limit: settings.slow_threshold.saturating_mul(FAILED_LOGIN), window }
}

fn detection(track: &mut Track, account: Account, found: TooMuch, hit: &Hit) -> Detection {
    let Account { network, service, provenance } = account;
    let TooMuch { method, events } = found;
    let (first, last, lines) = track.find_out(hit);
    let time = |at| Timestamp::from_millisecond(at).unwrap_or(hit.at);
    Detection { network, service, method, provenance, events, first: time(first), last: time(last), lines }
}

/// The network by which an address is counted and blocked: itself, or the prefix around an IPv6 address.
#[must_use]
pub fn network_of(address: IpAddr, ipv6_prefix: u8) -> IpNetwork {
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
