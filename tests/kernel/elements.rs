//! What is added, refreshed, removed and refused.

use std::thread::sleep;
use std::time::{Duration, Instant};

use sentinel_agent::kernel::{Change, Element, Firewall, KernelError, Options, Scope, blocked};
use sentinel_tests::lab::private_network;

use crate::support::{
    add, add_for, add_inbound, element, firewall, listed, names, network, remove, table_of_eight,
};

/// How long the kernel says that the only element has left.
fn left() -> Option<Duration> {
    let [element] = blocked().unwrap()[..] else { panic!("there is not one element") };
    element.timeout.map(Duration::from)
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
    table_of_eight();
    let mut firewall = Firewall::open(Options::default(), &[]).unwrap();
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
fn what_does_not_fit_where_it_shall_move_stays_where_it_is() {
    table_of_eight();
    let mut firewall = Firewall::open(Options::default(), &[]).unwrap();
    firewall.apply(&(1..=8).map(|last| add(&format!("203.0.113.{last}"))).collect::<Vec<_>>()).unwrap();
    firewall.apply(&[add_inbound("203.0.113.9")]).unwrap();
    let moved = firewall.apply(&[remove("203.0.113.9", Scope::Inbound), add("203.0.113.9")]);
    assert!(matches!(moved, Err(KernelError::Elements(refused)) if refused.len() == 1));
    assert_eq!(names("peers4"), ["203.0.113.9"]);
}

#[test]
fn a_full_set_still_refreshes_and_removes() {
    table_of_eight();
    let mut firewall = Firewall::open(Options::default(), &[]).unwrap();
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
