//! `[detect]` with `[detect.services.NAME]`: what single services bear, and the whole as the detectors take it.

use jiff::SignedDuration;
use sentinel_parsers::{Service, UnknownService};
use serde::Deserialize;

use super::{BlockSettings, DetectSettings, Span};
use crate::detect::{Limits, Settings};

/// Somebody who is allowed no longer is found out again at the latest after this.
const LONGEST_QUIET: SignedDuration = SignedDuration::from_mins(5);

/// A service by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct ServiceName(pub Service);

impl TryFrom<String> for ServiceName {
    type Error = UnknownService;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse().map(Self)
    }
}

/// What a service has of its own; the rest is as in `[detect]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceSettings {
    /// Whether its events are counted at all.
    pub enabled: Option<bool>,
    /// See [`DetectSettings::threshold`].
    pub threshold: Option<u32>,
    /// See [`DetectSettings::window`].
    pub window: Option<Span>,
    /// See [`DetectSettings::flood`].
    pub flood: Option<u32>,
    /// See [`DetectSettings::users`].
    pub users: Option<usize>,
    /// See [`DetectSettings::paths`].
    pub paths: Option<usize>,
    /// See [`DetectSettings::ports`].
    pub ports: Option<usize>,
    /// See [`DetectSettings::target_window`].
    pub target_window: Option<Span>,
    /// See [`DetectSettings::instant`].
    pub instant: Option<bool>,
}

impl ServiceSettings {
    /// Nothing when the service is not looked at.
    fn limits(&self, rest: Limits) -> Option<Limits> {
        self.enabled.unwrap_or(true).then(|| Limits {
            threshold: self.threshold.unwrap_or(rest.threshold),
            window: self.window.map_or(rest.window, |window| window.0),
            flood: self.flood.unwrap_or(rest.flood),
            users: self.users.unwrap_or(rest.users),
            paths: self.paths.unwrap_or(rest.paths),
            ports: self.ports.unwrap_or(rest.ports),
            target_window: self.target_window.map_or(rest.target_window, |window| window.0),
            instant: self.instant.unwrap_or(rest.instant),
        })
    }
}

impl DetectSettings {
    /// The same as the detectors take it, given how they are blocked whom they find.
    #[must_use]
    pub fn detector(&self, block: &BlockSettings) -> Settings {
        let limits = Limits {
            threshold: self.threshold,
            window: self.window.0,
            flood: self.flood,
            users: self.users,
            paths: self.paths,
            ports: self.ports,
            target_window: self.target_window.0,
            instant: self.instant,
        };
        let services = self.services.iter().map(|(name, own)| (name.0, own.limits(limits)));
        Settings {
            limits,
            services: services.collect(),
            slow_threshold: self.slow_threshold,
            slow_window: self.slow_window.0,
            quiet: quiet(block.duration),
            quiet_of_claimed: quiet(block.claimed_duration),
            max_tracked: self.max_tracked,
            ipv6_prefix: block.ipv6_prefix,
        }
    }
}

/// Whose block has just begun need not be found out again.
fn quiet(block: Span) -> SignedDuration {
    (block.0 / 16).min(LONGEST_QUIET)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detector(text: &str) -> Settings {
        toml::from_str::<DetectSettings>(text).unwrap().detector(&BlockSettings::default())
    }

    #[test]
    fn the_defaults_are_those_of_the_detectors() {
        assert_eq!(detector(""), Settings::default());
    }

    #[test]
    fn a_service_has_limits_of_its_own_or_is_not_looked_at() {
        let settings =
            detector("threshold = 7\n[services.sshd]\nwindow = \"1h\"\n[services.nginx]\nenabled = false\n");
        let of = |name: &str| {
            settings.of(name.parse().unwrap()).map(|limits| (limits.threshold, limits.window.as_secs()))
        };
        assert_eq!(of("sshd"), Some((7, 3600)));
        assert_eq!(of("nginx"), None);
        assert_eq!(of("dovecot"), Some((7, 600)));
    }

    #[test]
    fn an_unknown_service_or_key_is_refused() {
        for text in ["[services.sshdd]\nthreshold = 1\n", "[services.sshd]\ntreshold = 1\n"] {
            assert!(toml::from_str::<DetectSettings>(text).is_err(), "{text}");
        }
    }
}
