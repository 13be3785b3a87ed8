//! Networks of every length, overlapping: each enforced exactly, each with its own expiry.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::time::Duration;

use ipnetwork::IpNetwork;
use sentinel_agent::kernel::{Change, Element, Firewall, Health, Options, Population, Scope, blocked};
use sentinel_tests::lab::{Namespace, nft};

use crate::support::{add, add_for, firewall, listed, names, receive};

/// Twenty thousand networks of every prefix length from /8 and /32 on, overlapping each other. Few of the wide ones,
/// and in a corner of their own, so that something is left that is not blocked.
fn mixed() -> Vec<Element> {
    let element = |address: IpAddr, prefix: u32| {
        let network = IpNetwork::new(address, u8::try_from(prefix).unwrap()).unwrap();
        Element {
            network: IpNetwork::new(network.network(), network.prefix()).unwrap(),
            scope: if prefix.is_multiple_of(2) { Scope::All } else { Scope::Inbound },
            timeout: Some(Duration::from_secs(u64::from(1000 + 10 * prefix)).into()),
        }
    };
    let scrambled = |index: u32| index.wrapping_mul(2_654_435_761);
    let elements: BTreeMap<(IpNetwork, Scope), Element> = (0..10_100)
        .flat_map(|index| {
            let prefix = 8 + index % 25;
            let corner = if prefix < 16 {
                0x4000_0000 | scrambled(index) >> 5
            } else {
                0x4800_0000 + (scrambled(index) >> 3)
            };
            let v6 =
                0x2a00_u128 << 112 | u128::from(scrambled(index)) << 80 | u128::from(scrambled(!index)) << 30;
            [
                element(Ipv4Addr::from(corner).into(), prefix),
                element(Ipv6Addr::from(v6).into(), 32 + index % 97),
            ]
        })
        .map(|element| ((element.network, element.scope), element))
        .collect();
    elements.into_values().take(20_000).collect()
}

/// The elements by network and scope.
fn table(elements: Vec<Element>) -> BTreeMap<(IpNetwork, Scope), Duration> {
    elements
        .into_iter()
        .map(|element| ((element.network, element.scope), Duration::from(element.timeout.unwrap())))
        .collect()
}

#[test]
fn twenty_thousand_mixed_networks_all_arrive_each_with_its_own_timeout() {
    let mut firewall = firewall();
    let elements = mixed();
    firewall.apply(&elements.iter().copied().map(Change::Add).collect::<Vec<_>>()).unwrap();
    let (wanted, found) = (table(elements), table(blocked().unwrap()));
    assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    for (own, left) in &found {
        let wanted = wanted[own];
        assert!(*left <= wanted && *left + Duration::from_secs(300) > wanted, "{own:?} has {left:?} left");
    }
    assert_eq!(firewall.check(&populations(&wanted)).unwrap(), Health::Intact);
}

fn populations(elements: &BTreeMap<(IpNetwork, Scope), Duration>) -> Vec<Population> {
    let mut counts = BTreeMap::new();
    for (network, scope) in elements.keys() {
        *counts.entry((*scope, network.is_ipv4(), network.prefix())).or_insert(0) += 1;
    }
    counts
        .into_iter()
        .map(|((scope, ipv4, prefix), elements)| Population { scope, ipv4, prefix, elements })
        .collect()
}

#[test]
fn whatever_lengths_are_in_use_a_packet_is_looked_up_at_most_eight_times() {
    let mut firewall = firewall();
    firewall.replace(&mixed(), &[]).unwrap();
    for chain in ["drop_all", "drop_uninvited"] {
        let rules = nft(&format!("list chain inet sentinel {chain}")).unwrap();
        for family in ["ip saddr", "ip6 saddr"] {
            let lookups =
                rules.lines().filter(|rule| rule.contains(family) && !rule.contains("@allowed")).count();
            assert!((2..=8).contains(&lookups), "{lookups} lookups in {chain}: {rules}");
        }
    }
}

#[test]
fn a_gate_lives_as_long_as_the_longest_behind_it() {
    let mut firewall = firewall();
    firewall.apply(&[add_for("203.0.113.0/27", Duration::from_secs(5000))]).unwrap();
    firewall.apply(&[add_for("203.0.113.32/28", Duration::from_secs(50)), add("198.51.100.0/26")]).unwrap();
    let gates = listed("blocked4_gate25");
    let left = |name: &str| gates.iter().find(|(gate, _)| gate == name).unwrap().1.unwrap();
    assert!(left("203.0.113.0") > 4_000);
    assert!((500..1_000).contains(&left("198.51.100.0")));
    assert_eq!(names("blocked4_28"), ["203.0.113.32"]);
}

/// A router with the firewall, and a stranger that can send from every address.
struct Street {
    firewall: Firewall,
    router: Namespace,
    stranger: Namespace,
    doors: [UdpSocket; 2],
}

const ROUTER: [&str; 2] = ["203.0.113.1:4000", "[2001:db8::1]:4000"];
const MARKERS: [&str; 2] = ["203.0.113.7", "2001:db8::7"];

impl Street {
    fn new() -> Self {
        let (router, stranger) = (Namespace::new().unwrap(), Namespace::new().unwrap());
        router
            .connect(&stranger, &["203.0.113.1/24", "2001:db8::1/64"], &["203.0.113.7/24", "2001:db8::7/64"])
            .unwrap();
        stranger.ip("route add local 64.0.0.0/2 dev lo").unwrap();
        let anywhere = || std::fs::write("/proc/sys/net/ipv6/ip_nonlocal_bind", "1");
        stranger.call(anywhere).unwrap().unwrap();
        let firewall = router.call(|| Firewall::open(Options::default(), &[])).unwrap().unwrap();
        let doors = ROUTER.map(|address| {
            let door = router.call(move || UdpSocket::bind(address)).unwrap().unwrap();
            door.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            door
        });
        Self { firewall, router, stranger, doors }
    }

    /// Of the addresses in `sources`, those whose packets arrive at the router.
    fn arriving(&self, sources: &[IpAddr]) -> BTreeSet<IpAddr> {
        let mut arrived = BTreeSet::new();
        for some in sources.chunks(50) {
            let senders: Vec<IpAddr> =
                some.iter().copied().chain(MARKERS.map(|marker| marker.parse().unwrap())).collect();
            self.stranger.call(move || senders.into_iter().for_each(send_from)).unwrap();
            for (door, marker) in self.doors.iter().zip(MARKERS) {
                loop {
                    let from = receive(door);
                    if from == marker.parse::<IpAddr>().unwrap() {
                        break;
                    }
                    arrived.insert(from);
                }
            }
        }
        arrived
    }
}

fn send_from(source: IpAddr) {
    let router = if source.is_ipv4() { ROUTER[0] } else { ROUTER[1] };
    UdpSocket::bind((source, 0)).unwrap().send_to(b"knock", router).unwrap();
}

/// The last address of the network, and those just before and behind it.
fn around(network: IpNetwork) -> [IpAddr; 3] {
    match (network.network(), network.broadcast()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            [last, (first.to_bits() - 1).into(), (last.to_bits() + 1).into()].map(IpAddr::V4)
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            [last, (first.to_bits() - 1).into(), (last.to_bits() + 1).into()].map(IpAddr::V6)
        }
        _ => unreachable!("both ends of a network are of its family"),
    }
}

#[test]
fn packets_from_every_kind_of_network_are_dropped_and_those_from_beside_it_pass() {
    let mut street = Street::new();
    let elements = mixed();
    street.firewall.replace(&elements, &[]).unwrap();
    let mut of_length: BTreeMap<(bool, u8), usize> = BTreeMap::new();
    let sources: BTreeSet<IpAddr> = elements
        .iter()
        .rev()
        .filter(|element| {
            let seen = of_length.entry((element.network.is_ipv4(), element.network.prefix())).or_default();
            *seen += 1;
            *seen <= 2
        })
        .flat_map(|element| around(element.network))
        .collect();
    let sources: Vec<IpAddr> = sources.into_iter().collect();
    let blocked = |address: &IpAddr| elements.iter().any(|element| element.network.contains(*address));
    let (dropped, passing): (BTreeSet<IpAddr>, BTreeSet<IpAddr>) = sources.iter().copied().partition(blocked);
    assert!(dropped.len() > 200 && passing.len() > 50, "{} and {}", dropped.len(), passing.len());
    assert_eq!(street.arriving(&sources), passing);
    street.firewall.replace(&[], &[]).unwrap();
    assert_eq!(street.arriving(&sources), dropped.union(&passing).copied().collect());
    drop(street.router);
}
