//! Which addresses were this host's until lately: what was read before they changed still names them.

use std::{collections::BTreeMap, net::IpAddr};

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{guard::is_private, kernel::Links};

/// How long what was this host's is remembered.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// Most addresses, and most networks: a router outside that advertises ever new prefixes fills no disk.
const MOST: usize = 256;

/// The public addresses of this host, and the public networks around it, of now and of the last day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lately {
    addresses: Seen<IpAddr>,
    networks: Seen<IpNetwork>,
}

impl Lately {
    /// This is how it is now. Private addresses are everybody's, and need no memory.
    pub(super) fn note(&mut self, links: &Links, now: Timestamp) {
        self.addresses.note(links.addresses.iter().copied().filter(|address| !is_private(*address)), now);
        self.networks.note(links.on_link.iter().copied().filter(|network| !is_private(network.ip())), now);
    }

    /// The addresses of now and of the last day.
    pub(super) fn addresses(&self, now: Timestamp) -> impl Iterator<Item = IpAddr> {
        self.addresses.until(now)
    }

    /// The networks, likewise.
    pub(super) fn networks(&self, now: Timestamp) -> impl Iterator<Item = IpNetwork> {
        self.networks.until(now)
    }
}

/// Each with when it was noticed that it is gone; none while it is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Seen<T: Ord>(BTreeMap<T, Option<Timestamp>>);

impl<T: Ord> Default for Seen<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Ord + Copy> Seen<T> {
    fn note(&mut self, there: impl Iterator<Item = T>, now: Timestamp) {
        // By a clock that was ahead it went in the future.
        self.0.values_mut().for_each(|gone| *gone = Some(gone.map_or(now, |gone| gone.min(now))));
        self.0.extend(there.map(|one| (one, None)));
        let mut latest: Vec<(Timestamp, T)> =
            self.0.iter().map(|(one, gone)| (gone.unwrap_or(Timestamp::MAX), *one)).collect();
        latest.sort_unstable_by(|one, other| other.cmp(one));
        for (number, (gone, one)) in latest.into_iter().enumerate() {
            if number >= MOST || is_over(gone, now) {
                self.0.remove(&one);
            }
        }
    }

    fn until(&self, now: Timestamp) -> impl Iterator<Item = T> {
        self.0
            .iter()
            .filter(move |(_, gone)| !gone.is_some_and(|gone| is_over(gone, now)))
            .map(|(one, _)| *one)
    }
}

fn is_over(gone: Timestamp, now: Timestamp) -> bool {
    now.duration_since(gone) >= KEPT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(address: &str, network: &str) -> Links {
        let (addresses, on_link) = (vec![address.parse().unwrap()], vec![network.parse().unwrap()]);
        Links { addresses, on_link, ..Links::default() }
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1000 + hours)
    }

    fn addresses(lately: &Lately, hours: i64) -> Vec<String> {
        lately.addresses(at(hours)).map(|address| address.to_string()).collect()
    }

    #[test]
    fn what_was_this_hosts_stays_so_for_a_day_after_it_is_gone_however_long_it_was_there() {
        let mut lately = Lately::default();
        lately.note(&links("203.0.113.5", "203.0.113.0/24"), at(0));
        lately.note(&links("198.51.100.5", "198.51.100.0/24"), at(100));
        assert_eq!(addresses(&lately, 123), ["198.51.100.5", "203.0.113.5"]);
        assert_eq!(lately.networks(at(123)).count(), 2);
        assert_eq!(addresses(&lately, 124), ["198.51.100.5"]);
        lately.note(&links("198.51.100.5", "198.51.100.0/24"), at(124));
        assert_eq!((lately.addresses.0.len(), lately.networks.0.len()), (1, 1));
    }

    #[test]
    fn a_clock_that_was_ahead_keeps_nothing_for_longer() {
        let mut lately = Lately::default();
        lately.note(&links("203.0.113.5", "203.0.113.0/24"), at(500));
        lately.note(&links("198.51.100.5", "198.51.100.0/24"), at(500));
        lately.note(&links("198.51.100.5", "198.51.100.0/24"), at(0));
        assert_eq!(addresses(&lately, 24), ["198.51.100.5"]);
    }

    #[test]
    fn private_addresses_and_more_than_can_be_this_hosts_are_not_remembered() {
        let mut lately = Lately::default();
        lately.note(&links("192.168.1.1", "192.168.1.0/24"), at(0));
        assert_eq!(lately, Lately::default());
        for number in 0..MOST + 5 {
            let second = SignedDuration::from_secs(i64::try_from(number).unwrap());
            let links = links(&format!("2001:db8::{number:x}:1"), &format!("2001:db8:{number:x}::/64"));
            lately.note(&links, at(0) + second);
        }
        assert_eq!((lately.addresses.0.len(), lately.networks.0.len()), (MOST, MOST));
        assert!(addresses(&lately, 1).contains(&format!("2001:db8::{:x}:1", MOST + 4)));
    }
}
