//! Who came from outside, as far as the operator wants to know whether anybody can.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use rustls::crypto::ring;
use warp::http::HeaderValue;

use super::source::Source;
use crate::domain::PeerKey;

/// The last active peer that proved who it is, coming from a public address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub peer: PeerKey,
    /// From which address (IPv6: its /64).
    pub source: String,
}

/// What a running server can say of those who reach it.
#[derive(Debug)]
pub struct Visits {
    /// Drawn anew at each start: whoever reads it at `/health` has reached this very server.
    instance: String,
    last: Mutex<Option<Visit>>,
}

impl Default for Visits {
    fn default() -> Self {
        let mut drawn = [0; 16];
        // Without randomness it is a name like any other: nothing rests on nobody guessing it.
        let _ = ring::default_provider().secure_random.fill(&mut drawn);
        Self { instance: bs58::encode(drawn).into_string(), last: Mutex::default() }
    }
}

impl Visits {
    /// What this server is recognised by.
    #[must_use]
    pub fn instance_name(&self) -> &str {
        &self.instance
    }

    /// The last visit.
    #[must_use]
    pub fn last(&self) -> Option<Visit> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn instance(&self) -> HeaderValue {
        HeaderValue::from_str(&self.instance).unwrap_or(HeaderValue::from_static(""))
    }

    /// A peer came. One from within this network says nothing about the way from outside.
    pub(super) fn note(&self, source: Source, peer: &PeerKey, now: i64) {
        if source.is_internal() {
            return;
        }
        let at = Timestamp::from_second(now).unwrap_or_default();
        let visit = Visit { at, peer: *peer, source: source.to_string() };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(visit);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn only_a_visit_from_outside_shows_that_the_way_is_open() {
        let visits = Visits::default();
        let from = |text: &str| Source::from(text.parse::<IpAddr>().unwrap());
        visits.note(from("192.168.1.7"), &PeerKey([1; 32]), 100);
        visits.note(from("127.0.0.1"), &PeerKey([1; 32]), 100);
        assert_eq!(visits.last(), None);
        visits.note(from("2001:db8::7"), &PeerKey([2; 32]), 200);
        visits.note(from("10.0.0.7"), &PeerKey([1; 32]), 300);
        let visit = visits.last().unwrap();
        assert_eq!((visit.at.as_second(), visit.peer), (200, PeerKey([2; 32])));
        assert_eq!(visit.source, "2001:db8::/64");
    }

    #[test]
    fn two_servers_are_told_apart() {
        let names = [Visits::default(), Visits::default()].map(|visits| visits.instance_name().to_owned());
        assert_ne!(names[0], names[1]);
        assert!(names.iter().all(|name| name.len() >= 20), "{names:?}");
    }
}
