mod properties;

use super::*;

fn network(text: &str) -> IpNetwork {
    text.parse().unwrap()
}

fn guard() -> Guard {
    Guard::new(Protected {
        addresses: vec!["198.51.100.2".parse().unwrap(), "2001:db8:a::2".parse().unwrap()],
        on_link: vec![network("198.51.100.0/30"), network("10.1.0.0/16")],
        gateways: vec!["198.51.100.1".parse().unwrap()],
        resolvers: vec!["9.9.9.9".parse().unwrap()],
        ledger: vec!["203.0.113.200".parse().unwrap()],
        sessions: vec!["::ffff:192.0.2.77".parse().unwrap(), "2001:db8:b::7".parse().unwrap()],
        allowed: vec![network("203.0.113.64/26")],
    })
}

fn refusal(text: &str, class: SourceClass) -> Rule {
    guard().check(network(text), class).unwrap_err().rule
}

#[test]
fn an_ordinary_attacker_may_be_blocked_by_anybody() {
    for class in [SourceClass::Local, SourceClass::Manual, SourceClass::Peer] {
        assert_eq!(
            guard().check(network("203.0.113.7/32"), class).unwrap().network(),
            network("203.0.113.7/32")
        );
    }
}

#[test]
fn fixed_ranges_are_never_blocked() {
    for text in [
        "127.0.0.1",
        "0.0.0.0",
        "0.0.0.0/0",
        "::/0",
        "::1",
        "::",
        "224.0.0.251",
        "169.254.1.1",
        "fe80::1",
        "ff02::1",
    ] {
        assert!(matches!(refusal(text, SourceClass::Manual), Rule::Fixed(..)), "{text}");
    }
}

#[test]
fn own_addresses_gateways_and_resolvers_are_never_blocked_not_even_inside_a_wider_network() {
    assert!(matches!(refusal("198.51.100.2", SourceClass::Manual), Rule::OwnAddress(_)));
    assert!(matches!(refusal("2001:db8:a::/64", SourceClass::Local), Rule::OwnAddress(_)));
    assert!(matches!(refusal("198.51.100.1", SourceClass::Manual), Rule::Gateway(_)));
    assert!(matches!(refusal("9.9.9.0/24", SourceClass::Manual), Rule::Resolver(_)));
}

#[test]
fn the_directly_connected_network_is_never_blocked() {
    assert_eq!(refusal("10.1.2.3", SourceClass::Local), Rule::OnLink(network("10.1.0.0/16")));
}

#[test]
fn what_the_operator_allows_is_never_blocked_but_does_not_save_its_neighbours() {
    assert_eq!(refusal("203.0.113.65", SourceClass::Local), Rule::Allowed(network("203.0.113.64/26")));
    assert_eq!(refusal("203.0.113.64/26", SourceClass::Manual), Rule::Allowed(network("203.0.113.64/26")));
    assert!(guard().check(network("203.0.113.7"), SourceClass::Local).is_ok());
}

#[test]
fn a_network_around_what_passes_is_blocked_and_the_kernel_is_told_who_passes() {
    for text in ["203.0.113.0/24", "192.0.2.0/24", "2001:db8:b::/64"] {
        assert!(guard().check(network(text), SourceClass::Local).is_ok(), "{text}");
    }
    let passing = ["192.0.2.77/32", "203.0.113.64/26", "203.0.113.200/32", "2001:db8:b::7/128"];
    assert_eq!(guard().passing(), passing.map(network));
}

#[test]
fn neither_the_ledger_nor_who_is_logged_in_is_blocked() {
    assert_eq!(refusal("203.0.113.200", SourceClass::Peer), Rule::Ledger("203.0.113.200".parse().unwrap()));
    assert_eq!(refusal("192.0.2.77", SourceClass::Local), Rule::Session("192.0.2.77".parse().unwrap()));
}

#[test]
fn an_operator_shuts_nobody_out_who_is_logged_in_and_least_of_all_himself() {
    let me = ["::ffff:198.18.0.9".parse().unwrap()];
    let by_hand =
        |text| guard().check_with(network(text), SourceClass::Manual, &me).map_err(|refused| refused.rule);
    assert_eq!(by_hand("198.18.0.0/16"), Err(Rule::Session("198.18.0.9".parse().unwrap())));
    assert_eq!(by_hand("192.0.2.0/24"), Err(Rule::Session("192.0.2.77".parse().unwrap())));
    assert!(by_hand("198.19.0.0/16").is_ok());
    assert!(matches!(by_hand("127.0.0.1"), Err(Rule::Fixed(..))));
}

#[test]
fn a_peers_word_blocks_no_private_range_and_nothing_wide() {
    for text in ["192.168.7.7", "172.16.0.1", "100.64.0.9", "fd00::7"] {
        assert!(matches!(refusal(text, SourceClass::Peer), Rule::Private(_)), "{text}");
        assert!(guard().check(network(text), SourceClass::Manual).is_ok(), "{text}");
    }
    assert_eq!(refusal("8.8.0.0/23", SourceClass::Peer), Rule::TooWide(24));
    assert_eq!(refusal("2001:db8:ff00::/47", SourceClass::Peer), Rule::TooWide(48));
}

#[test]
fn a_mapped_address_is_judged_as_the_ipv4_address_it_is() {
    assert!(matches!(refusal("::ffff:127.0.0.1", SourceClass::Manual), Rule::Fixed(..)));
    let guarded = guard().check(network("::ffff:203.0.113.7"), SourceClass::Local).unwrap();
    assert_eq!(guarded.network(), network("203.0.113.7/32"));
}

#[test]
fn a_long_allowlist_is_searched_and_not_read() {
    let allowed: Vec<IpNetwork> = (0..100_000u32)
        .map(|n| IpNetwork::new((0x2000_0000 + n * 512).to_be_bytes().into(), 24).unwrap())
        .collect();
    let guard = Guard::new(Protected { allowed: allowed.clone(), ..Protected::default() });
    for network in allowed {
        let IpAddr::V4(first) = network.ip() else { panic!("{network}") };
        let next = IpNetwork::from(IpAddr::from((u32::from(first) + 256).to_be_bytes()));
        assert!(guard.check(IpAddr::V4(first).into(), SourceClass::Local).is_err(), "{network}");
        assert!(guard.check(next, SourceClass::Local).is_ok(), "{next}");
    }
}
