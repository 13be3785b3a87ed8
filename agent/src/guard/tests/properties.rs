//! What holds whatever is protected and whatever is to be blocked.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;
use crate::domain::outermost;

const CLASSES: [SourceClass; 3] = [SourceClass::Local, SourceClass::Manual, SourceClass::Peer];

/// Addresses that are often close to each other; some IPv4 ones in IPv6's mapped form.
fn address() -> impl Strategy<Value = IpAddr> {
    let near_v4 = any::<u16>().prop_map(|low| Ipv4Addr::from_bits(0xcb00_0000 | u32::from(low)));
    let near_v6 =
        any::<u16>().prop_map(|low| Ipv6Addr::new(0x2001, 0xdb8, low >> 8, low & 0xff, 0, 0, 0, low));
    prop_oneof![
        near_v4.clone().prop_map(IpAddr::V4),
        near_v4.prop_map(|v4| IpAddr::V6(v4.to_ipv6_mapped())),
        near_v6.prop_map(IpAddr::V6),
        any::<Ipv4Addr>().prop_map(IpAddr::V4),
        any::<Ipv6Addr>().prop_map(IpAddr::V6),
    ]
}

fn network() -> impl Strategy<Value = IpNetwork> {
    (address(), 0u8..=128).prop_map(|(address, prefix)| {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        IpNetwork::new(address, prefix % (longest + 1)).unwrap()
    })
}

fn some<T: std::fmt::Debug>(of: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    prop::collection::vec(of, 0..8)
}

fn protected() -> impl Strategy<Value = Protected> {
    let addresses = || some(address());
    (addresses(), some(network()), addresses(), addresses(), addresses(), addresses(), some(network()))
        .prop_map(|(addresses, on_link, gateways, resolvers, ledger, sessions, allowed)| Protected {
            addresses,
            on_link,
            gateways,
            resolvers,
            ledger,
            sessions,
            allowed,
        })
}

fn overlap(a: IpNetwork, b: IpNetwork) -> bool {
    a.contains(b.network()) || b.contains(a.network())
}

fn within(inner: IpNetwork, outer: IpNetwork) -> bool {
    outer.prefix() <= inner.prefix() && outer.contains(inner.network())
}

fn networks(addresses: &[IpAddr]) -> impl Iterator<Item = IpNetwork> {
    addresses.iter().map(|address| canonical(IpNetwork::from(*address)))
}

proptest! {
    #[test]
    fn what_is_let_through_holds_nothing_of_this_host(protected in protected(), network in network()) {
        for class in CLASSES {
            let Ok(guarded) = Guard::new(protected.clone()).check(network, class) else { continue };
            let own = networks(&protected.addresses)
                .chain(networks(&protected.gateways))
                .chain(networks(&protected.resolvers))
                .chain(protected.on_link.iter().copied().map(canonical));
            for own in own {
                prop_assert!(!overlap(guarded.network(), own), "{} and {own}", guarded.network());
            }
        }
    }

    #[test]
    fn what_passes_is_blocked_by_nothing_but_a_wider_network(protected in protected(), network in network()) {
        let guard = Guard::new(protected.clone());
        let passing = guard.passing();
        let named = networks(&protected.ledger)
            .chain(networks(&protected.sessions))
            .chain(protected.allowed.iter().copied().map(canonical));
        for named in named {
            prop_assert!(passing.iter().any(|passing| within(named, *passing)), "{named} does not pass");
            prop_assert!(guard.check(named, SourceClass::Manual).is_err(), "{named}");
            if let Ok(guarded) = guard.check(network, SourceClass::Manual) {
                prop_assert!(!within(guarded.network(), named), "{} in {named}", guarded.network());
            }
        }
    }

    #[test]
    fn only_what_is_protected_is_refused(protected in protected(), network in network()) {
        let Err(refused) = Guard::new(protected.clone()).check(network, SourceClass::Local) else { return Ok(()) };
        let mut others = networks(&protected.addresses)
            .chain(networks(&protected.gateways))
            .chain(networks(&protected.resolvers))
            .chain(networks(&protected.ledger))
            .chain(networks(&protected.sessions))
            .chain([&protected.on_link[..], &protected.allowed].concat().into_iter().map(canonical));
        let is_fixed = matches!(refused.rule, Rule::Fixed(range, _) if overlap(range, refused.network));
        prop_assert!(is_fixed || others.any(|other| overlap(other, refused.network)), "{refused}");
    }

    #[test]
    fn a_mapped_network_is_judged_as_the_ipv4_network_it_is(
        protected in protected(), v4 in any::<u32>(), prefix in 0u8..=32,
    ) {
        let v4 = Ipv4Addr::from_bits(v4);
        let plain = IpNetwork::new(v4.into(), prefix).unwrap();
        let mapped = IpNetwork::new(v4.to_ipv6_mapped().into(), prefix + 96).unwrap();
        let guard = Guard::new(protected);
        for class in CLASSES {
            prop_assert_eq!(guard.check(plain, class), guard.check(mapped, class));
        }
    }

    #[test]
    fn peers_block_nothing_private_and_nothing_wide(protected in protected(), network in network()) {
        let Ok(guarded) = Guard::new(protected).check(network, SourceClass::Peer) else { return Ok(()) };
        let network = guarded.network();
        prop_assert!(network.prefix() >= if network.is_ipv4() { 24 } else { 48 }, "{network}");
        prop_assert!(ranges::private(network).is_none(), "{network}");
    }

    #[test]
    fn a_canonical_network_stays_as_it_is(network in network()) {
        let once = canonical(network);
        prop_assert_eq!(canonical(once), once);
        prop_assert_eq!(once.ip(), once.network());
    }

    #[test]
    fn a_search_finds_what_reading_everything_finds(all in prop::collection::vec(network(), 0..40), of in network()) {
        let of = canonical(of);
        let found = Networks::new(all.clone());
        let all = outermost(all);
        prop_assert_eq!(found.covering(of), all.iter().copied().find(|other| within(of, *other)));
        prop_assert_eq!(found.overlapping(of), all.iter().copied().find(|other| overlap(of, *other)));
    }
}
