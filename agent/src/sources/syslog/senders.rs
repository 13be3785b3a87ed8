//! Who may send syslog, how much of it, and what it proves. Pure: `now` is an argument.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::{Duration, Instant},
};

use hashlink::LruCache;
use ipnetwork::{IpNetwork, Ipv4Network, Ipv6Network};
use sentinel_parsers::Provenance;

use super::FROM_A_SESSION;

/// Senders whose rate is remembered; the longest silent is forgotten first.
const MAX_SENDERS: usize = 1024;

/// All senders of datagrams together may send so many times what one may: their addresses are easily forged.
const ALL_TOGETHER: u32 = 16;

const SECOND: Duration = Duration::from_secs(1);

/// Which machines may send, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Senders {
    /// Networks whose machines may send; by default this machine, and networks that the internet does not route.
    pub allow: Vec<IpNetwork>,
    /// Networks in which nobody can forge an address, so that a datagram is as good as a session. By default none.
    pub trust_udp: Vec<IpNetwork>,
    /// Messages a second that one machine may send.
    pub rate: u32,
}

impl Default for Senders {
    fn default() -> Self {
        Self { allow: Self::private_networks(), trust_udp: Vec::new(), rate: 5000 }
    }
}

impl Senders {
    /// Loopback, RFC 1918, link-local (RFC 3927, RFC 4291) and unique local addresses (RFC 4193).
    #[must_use]
    pub fn private_networks() -> Vec<IpNetwork> {
        let v4 = [([127, 0, 0, 0], 8), ([10, 0, 0, 0], 8), ([172, 16, 0, 0], 12), ([192, 168, 0, 0], 16)];
        let v4 = v4.into_iter().chain([([169, 254, 0, 0], 16)]);
        let v4 = v4.filter_map(|(address, prefix)| {
            Ipv4Network::new(Ipv4Addr::from(address), prefix).ok().map(IpNetwork::V4)
        });
        let v6 = [(Ipv6Addr::LOCALHOST, 128), (prefix6(0xfc00), 7), (prefix6(0xfe80), 10)];
        let v6 = v6
            .into_iter()
            .filter_map(|(address, prefix)| Ipv6Network::new(address, prefix).ok().map(IpNetwork::V6));
        v4.chain(v6).collect()
    }

    pub(super) fn may_send(&self, sender: IpAddr) -> bool {
        contain(&self.allow, sender)
    }

    /// What a datagram's lines prove at best that came in this sender's name.
    pub(super) fn of_datagram(&self, sender: IpAddr) -> Provenance {
        if contain(&self.trust_udp, sender) { FROM_A_SESSION } else { Provenance::Claimed }
    }
}

fn prefix6(first: u16) -> Ipv6Addr {
    Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, 0)
}

fn contain(networks: &[IpNetwork], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(address.to_canonical()))
}

/// How much each sender has sent in its present second.
#[derive(Debug)]
pub(super) struct Rates {
    limit: u32,
    senders: LruCache<IpAddr, Window>,
    all: Window,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    since: Instant,
    count: u32,
}

impl Rates {
    pub(super) fn new(limit: u32, now: Instant) -> Self {
        Self { limit, senders: LruCache::new(MAX_SENDERS), all: Window { since: now, count: 0 } }
    }

    /// Counts messages of a sender. `Some` when that makes more than it may send: until when it should wait.
    pub(super) fn exceeded(&mut self, sender: IpAddr, messages: u32, now: Instant) -> Option<Instant> {
        let begun = Window { since: now, count: 0 };
        let window = self.senders.entry(sender.to_canonical()).or_insert_with(|| begun);
        window.exceeded(messages, self.limit, now)
    }

    /// The same, where senders can be forged.
    pub(super) fn exceeded_by_all(&mut self, sender: IpAddr, messages: u32, now: Instant) -> Option<Instant> {
        let all = self.all.exceeded(messages, self.limit.saturating_mul(ALL_TOGETHER), now);
        all.or_else(|| self.exceeded(sender, messages, now))
    }
}

impl Window {
    fn exceeded(&mut self, messages: u32, limit: u32, now: Instant) -> Option<Instant> {
        if now.duration_since(self.since) >= SECOND {
            *self = Self { since: now, count: 0 };
        }
        self.count = self.count.saturating_add(messages);
        (self.count > limit).then(|| self.since + SECOND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_private_addresses_may_send_by_default() {
        let senders = Senders::default();
        for address in ["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "::1", "fd00::1", "fe80::1"] {
            assert!(senders.may_send(ip(address)), "{address}");
        }
        for address in ["203.0.113.7", "172.32.0.1", "::ffff:203.0.113.7", "2001:db8::1"] {
            assert!(!senders.may_send(ip(address)), "{address}");
        }
        assert!(senders.may_send(ip("::ffff:10.0.0.1")));
    }

    #[test]
    fn a_datagram_proves_nothing_unless_its_network_is_trusted() {
        let trust_udp = vec!["192.168.1.0/24".parse().unwrap()];
        let senders = Senders { trust_udp, ..Senders::default() };
        assert_eq!(Senders::default().of_datagram(ip("192.168.1.5")), Provenance::Claimed);
        assert_eq!(senders.of_datagram(ip("192.168.1.5")), Provenance::Proven);
        assert_eq!(senders.of_datagram(ip("192.168.2.5")), Provenance::Claimed);
    }

    #[test]
    fn one_sender_that_sends_too_much_waits_for_its_next_second_and_others_do_not() {
        let now = Instant::now();
        let mut rates = Rates::new(3, now);
        let (loud, quiet) = (ip("10.0.0.1"), ip("10.0.0.2"));
        assert_eq!(rates.exceeded(loud, 3, now), None);
        assert_eq!(rates.exceeded(loud, 1, now + SECOND / 2), Some(now + SECOND));
        assert_eq!(rates.exceeded(quiet, 3, now + SECOND / 2), None);
        assert_eq!(rates.exceeded(loud, 3, now + SECOND), None);
    }

    #[test]
    fn a_flood_from_ever_new_senders_is_bounded_in_rate_and_memory() {
        let now = Instant::now();
        let mut rates = Rates::new(10, now);
        let senders = (0..1_000_000_u32).map(|sender| IpAddr::from(Ipv4Addr::from(0x0a00_0000 + sender)));
        let taken = senders.filter(|sender| rates.exceeded_by_all(*sender, 1, now).is_none()).count();
        assert_eq!(taken, 160);
        assert!(rates.senders.len() <= MAX_SENDERS);
    }
}
