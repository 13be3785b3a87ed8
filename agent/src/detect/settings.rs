//! When hostile events make an attacker.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use sentinel_parsers::Service;

/// What the detectors go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// For every service that has none of its own.
    pub limits: Limits,
    /// For single services; one without limits is not looked at.
    pub services: BTreeMap<Service, Option<Limits>>,
    /// Attempts to log in within the slow window, whatever the service; 0 for never.
    pub slow_threshold: u32,
    /// The window of slow brute force, in whole seconds.
    pub slow_window: SignedDuration,
    /// For how long nothing more is counted of a source that was just found out; less than its block lasts.
    pub quiet: SignedDuration,
    /// The same for a source that is only claimed.
    pub quiet_of_claimed: SignedDuration,
    /// Sources counted at once.
    pub max_tracked: usize,
    /// Prefix length by which IPv6 addresses are counted together.
    pub ipv6_prefix: u8,
}

/// What one service bears from one source. A limit of 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Failed log-ins, or what weighs as much, within the window.
    pub threshold: u32,
    /// The sliding window.
    pub window: SignedDuration,
    /// Requests that honest clients make too (4xx) within the window.
    pub flood: u32,
    /// Different user names within the window of targets.
    pub users: usize,
    /// Different pages that are not there, within the window.
    pub paths: usize,
    /// Different ports within the window of targets.
    pub ports: usize,
    /// The window in which different targets are counted.
    pub target_window: SignedDuration,
    /// Whether a severe alert or a known exploit is enough by itself.
    pub instant: bool,
}

/// The most different targets that can be asked for: so many are remembered of each source.
pub const MAX_TARGETS: usize = 1000;

impl Settings {
    /// What a service bears; nothing when it is not looked at.
    #[must_use]
    pub fn of(&self, service: Service) -> Option<&Limits> {
        if self.services.is_empty() {
            return Some(&self.limits);
        }
        self.services.get(&service).map_or(Some(&self.limits), Option::as_ref)
    }

    /// How long a source may matter after its last event.
    pub(super) fn memory(&self) -> SignedDuration {
        let own = self.services.values().flatten();
        let windows = |limits: &Limits| limits.window.max(limits.target_window);
        own.map(windows).fold(windows(&self.limits), SignedDuration::max)
    }
}

impl Default for Settings {
    /// What an operator need not change.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            services: BTreeMap::new(),
            slow_threshold: 30,
            slow_window: SignedDuration::from_hours(24),
            quiet: SignedDuration::from_mins(5),
            quiet_of_claimed: SignedDuration::from_millis(37_500),
            max_tracked: 100_000,
            ipv6_prefix: 64,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            threshold: 5,
            window: SignedDuration::from_mins(10),
            flood: 200,
            users: 10,
            paths: 100,
            ports: 20,
            target_window: SignedDuration::from_hours(1),
            instant: true,
        }
    }
}
