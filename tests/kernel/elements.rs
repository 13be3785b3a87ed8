//! What is added, refreshed, removed and refused.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ipnetwork::IpNetwork;
use sentinel_agent::kernel::{Change, Element, Firewall, Health, KernelError, Scope, blocked};
use sentinel_tests::lab::{nft, private_network};

use crate::support::{add, add_for, add_inbound, element, firewall, listed, names, network, remove};

/// How long the kernel says that the only element has left.
fn left() -> Option<Duration> {
    let [element] = blocked().unwrap()[..] else { panic!("there is not one element") };
    element.timeout
}

#[test]
fn an_added_address_is_listed_by_nft_with_its_timeout() {
    let mut firewall = firewall();
    firewall.apply(&[add("203.0.113.7"), add("2001:db8::7"), add_inbound("203.0.113.8")]).unwrap();
    let [(address, Some(seconds))] = &listed("blocked4")[..] else { panic!("{:?}", listed("blocked4")) };
    assert_eq!(address, "203.0.113.7");
    assert!((590..=600).contains(seconds), "{seconds}");
    assert_eq!(names("blocked6"), ["2001:db8::7"]);
    assert_eq!(names("peers4"), ["203.0.113.8"]);
}

#[test]
fn a_network_stands_in_the_set_of_its_prefix_length() {
    let mut firewall = firewall();
    firewall.apply(&[add("203.0.113.77/24"), add_inbound("2001:db8:0:1::9/64")]).unwrap();
    assert_eq!(names("blocked4_24"), ["203.0.113.0"]);
    assert_eq!(names("peers6_64"), ["2001:db8:0:1::"]);
    assert!(names("blocked4").is_empty());
}

#[test]
fn adding_again_begins_the_timeout_anew() {
    let mut firewall = firewall();
    firewall.apply(&[add("203.0.113.7")]).unwrap();
    sleep(Duration::from_millis(300));
    let before = left();
    firewall.apply(&[add("203.0.113.7")]).unwrap();
    assert!(left() > before, "{:?} after {before:?}", left());
}

#[test]
fn adding_again_makes_a_timeout_longer_shorter_or_endless() {
    let mut firewall = firewall();
    firewall.apply(&[add_for("203.0.113.7", Duration::from_secs(60))]).unwrap();
    firewall.apply(&[add_for("203.0.113.7", Duration::from_secs(6000))]).unwrap();
    assert!(left() > Some(Duration::from_secs(5000)));
    firewall.apply(&[add_for("203.0.113.7", Duration::from_secs(60))]).unwrap();
    assert!(left() < Some(Duration::from_secs(61)));
    let endless = Element { timeout: None, ..element("203.0.113.7", Scope::All) };
    firewall.apply(&[Change::Add(endless)]).unwrap();
    assert_eq!(left(), None);
}

#[test]
fn a_timeout_of_nothing_expires_instead_of_staying_for_ever() {
    let mut firewall = firewall();
    firewall.apply(&[add_for("203.0.113.7", Duration::ZERO)]).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while !blocked().unwrap().is_empty() {
        assert!(Instant::now() < deadline, "it is still there");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn removing_takes_out_that_element_only_and_what_is_absent_is_no_error() {
    let mut firewall = firewall();
    firewall.apply(&[add("203.0.113.7"), add("203.0.113.8")]).unwrap();
    let absent = [
        remove("203.0.113.9", Scope::All),
        remove("203.0.113.7", Scope::Inbound),
        remove("198.51.100.0/24", Scope::All),
    ];
    firewall.apply(&absent).unwrap();
    firewall.apply(&[remove("203.0.113.7", Scope::All)]).unwrap();
    assert_eq!(names("blocked4"), ["203.0.113.8"]);
}

#[test]
fn an_element_moves_from_one_scope_to_the_other() {
    let mut firewall = firewall();
    firewall.apply(&[add_inbound("203.0.113.7")]).unwrap();
    firewall.apply(&[remove("203.0.113.7", Scope::Inbound), add("203.0.113.7")]).unwrap();
    assert_eq!(names("blocked4"), ["203.0.113.7"]);
    assert!(names("peers4").is_empty());
}

#[test]
fn a_full_set_names_what_did_not_fit_and_takes_all_the_rest() {
    private_network().unwrap();
    let mut firewall = Firewall::open(8, &[]).unwrap();
    let mut changes: Vec<Change> = (1..=10).map(|last| add(&format!("203.0.113.{last}"))).collect();
    changes.push(add("2001:db8::7"));
    let error = firewall.apply(&changes).unwrap_err();
    assert_eq!(
        error.to_string(),
        "adding 203.0.113.9/32 to set blocked4: set is full (ENFILE); \
         adding 203.0.113.10/32 to set blocked4: set is full (ENFILE)"
    );
    assert_eq!(names("blocked4").len(), 8);
    assert_eq!(names("blocked6"), ["2001:db8::7"]);
}

#[test]
fn a_full_set_still_refreshes_and_removes() {
    private_network().unwrap();
    let mut firewall = Firewall::open(8, &[]).unwrap();
    let changes: Vec<Change> = (1..=8).map(|last| add(&format!("203.0.113.{last}"))).collect();
    firewall.apply(&changes).unwrap();
    firewall.apply(&[add_for("203.0.113.3", Duration::from_secs(6000))]).unwrap();
    firewall.apply(&[remove("203.0.113.4", Scope::All), remove("203.0.113.99", Scope::All)]).unwrap();
    let listed = listed("blocked4");
    assert_eq!(listed.len(), 7);
    assert!(listed.iter().any(|(name, left)| name == "203.0.113.3" && *left > Some(5000)));
}

#[test]
fn a_network_of_every_address_is_refused_and_the_rest_is_applied() {
    let mut firewall = firewall();
    let error = firewall.apply(&[add("0.0.0.0/0"), add("203.0.113.7")]).unwrap_err();
    assert_eq!(error.to_string(), "adding 0.0.0.0/0 to set blocked4_0: it holds every address");
    assert_eq!(names("blocked4"), ["203.0.113.7"]);
}

/// Twenty thousand networks of every prefix length from /8 and /32 on, overlapping each other.
fn mixed() -> Vec<Element> {
    (0..10_000_u32)
        .flat_map(|index| {
            let scramble = index.wrapping_mul(2_654_435_761);
            let v4 = IpAddr::from(scramble.to_be_bytes());
            let v6 = Ipv6Addr::from(u128::from(scramble) << 96 | u128::from(index) << 16 | 1);
            let (prefix4, prefix6) = (8 + index % 25, 32 + index % 97);
            [(v4, prefix4), (v6.into(), prefix6)]
        })
        .map(|(address, prefix)| Element {
            network: IpNetwork::new(address, u8::try_from(prefix).unwrap()).unwrap(),
            scope: if prefix % 2 == 0 { Scope::All } else { Scope::Inbound },
            timeout: Some(Duration::from_secs(u64::from(1000 + prefix))),
        })
        .collect()
}

/// Network and scope of each element, with its timeout in seconds, rounded up.
fn table(elements: &[Element]) -> BTreeMap<(IpNetwork, Scope), u64> {
    let seconds = |timeout: Duration| timeout.as_millis().div_ceil(60_000);
    elements
        .iter()
        .map(|element| {
            let network = IpNetwork::new(element.network.network(), element.network.prefix()).unwrap();
            let minutes = element.timeout.map_or(0, seconds);
            ((network, element.scope), u64::try_from(minutes).unwrap())
        })
        .collect()
}

#[test]
fn twenty_thousand_mixed_networks_all_arrive_each_with_its_own_timeout() {
    let mut firewall = firewall();
    let elements = mixed();
    firewall.apply(&elements.iter().copied().map(Change::Add).collect::<Vec<_>>()).unwrap();
    let (wanted, found) = (table(&elements), table(&blocked().unwrap()));
    assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    assert_eq!(firewall.check().unwrap(), Health::Intact);
}

#[test]
fn a_replacement_leaves_nothing_of_what_was_before() {
    let mut firewall = firewall();
    firewall.apply(&[add("203.0.113.7"), add("198.51.100.0/24")]).unwrap();
    let elements = mixed();
    firewall.replace(&elements).unwrap();
    assert_eq!(
        table(&blocked().unwrap()).into_keys().collect::<Vec<_>>(),
        table(&elements).into_keys().collect::<Vec<_>>()
    );
    firewall.replace(&[element("203.0.113.9", Scope::Inbound)]).unwrap();
    assert_eq!(names("peers4"), ["203.0.113.9"]);
    assert!(!nft("list sets").unwrap().contains("blocked4_"));
    assert_eq!(firewall.check().unwrap(), Health::Intact);
}

#[test]
fn a_replacement_that_does_not_fit_writes_what_fits() {
    private_network().unwrap();
    let mut firewall = Firewall::open(8, &[]).unwrap();
    let elements: Vec<Element> =
        (1..=20).map(|last| element(&format!("203.0.113.{last}"), Scope::All)).collect();
    let KernelError::Elements(refused) = firewall.replace(&elements).unwrap_err() else { panic!() };
    assert_eq!((refused.len(), names("blocked4").len()), (12, 8));
    assert_eq!(firewall.check().unwrap(), Health::Intact);
}

#[test]
fn the_allowlist_takes_nested_adjacent_and_repeated_networks() {
    let mut firewall = firewall();
    let networks =
        ["10.0.0.0/25", "10.0.0.128/25", "10.0.0.7", "10.0.0.0/25", "255.255.255.0/24", "2001:db8::/32"];
    firewall.allow(&networks.map(network)).unwrap();
    assert_eq!(names("allowed4"), ["10.0.0.0/25", "10.0.0.128/25", "255.255.255.0/24"]);
    assert_eq!(names("allowed6"), ["2001:db8::/32"]);
    firewall.allow(&[network("192.0.2.1")]).unwrap();
    assert_eq!(names("allowed4"), ["192.0.2.1"]);
    assert!(names("allowed6").is_empty());
}

#[test]
fn without_a_table_nothing_is_blocked() {
    private_network().unwrap();
    assert_eq!(blocked().unwrap(), []);
}
