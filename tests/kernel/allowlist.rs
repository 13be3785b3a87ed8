//! Who always passes, by the ten thousand.

use std::net::IpAddr;

use ipnetwork::IpNetwork;
use sentinel_agent::kernel::{Firewall, Health, KernelError, MAX_ALLOWED, Options, Scope};
use sentinel_tests::lab::{nft, private_network};

use crate::support::{add, element, is_root_of_the_host, many, names, plain_firewall};

/// This many addresses, none beside another.
fn allowed(count: usize) -> Vec<IpNetwork> {
    let address = |index: u32| IpAddr::from((0x0b00_0000 + 2 * index).to_be_bytes()).into();
    (0..u32::try_from(count).unwrap()).map(address).collect()
}

#[test]
fn twenty_thousand_networks_pass_from_the_start_or_when_they_are_allowed_or_with_a_replacement() {
    private_network().unwrap();
    let opened = Firewall::open(Options::default(), &allowed(20_000));
    if !is_root_of_the_host() {
        // Whoever is root in a user namespace only cannot send so much at once.
        assert!(opened.err().unwrap().to_string().contains("larger than the socket's buffer (EMSGSIZE)"));
        return;
    }
    let mut firewall = opened.unwrap();
    assert_eq!(names("allowed4").len(), 20_000);
    firewall.allow(&allowed(3)).unwrap();
    firewall.allow(&allowed(20_001)).unwrap();
    assert_eq!(names("allowed4").len(), 20_001);
    for count in [10, 12_000, 10] {
        firewall.replace(&many(count), &allowed(20_002)).unwrap();
        assert_eq!(names("allowed4").len(), 20_002);
    }
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
}

#[test]
fn as_many_as_ever_may_are_written_at_once_and_one_more_changes_nothing() {
    let mut firewall = plain_firewall();
    if is_root_of_the_host() {
        firewall.allow(&allowed(MAX_ALLOWED)).unwrap();
    } else {
        firewall.allow(&allowed(5_000)).unwrap();
    }
    let too_many = "100001 networks shall always pass, more than the 100000 that can";
    for refused in
        [firewall.allow(&allowed(MAX_ALLOWED + 1)), firewall.replace(&[], &allowed(MAX_ALLOWED + 1))]
    {
        assert_eq!(refused.unwrap_err().to_string(), too_many);
    }
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
}

#[test]
fn a_table_that_was_deleted_comes_back_with_the_new_allowlist() {
    let mut firewall = plain_firewall();
    firewall.apply(&[add("203.0.113.7")]).unwrap();
    nft("delete table inet sentinel").unwrap();
    assert!(matches!(firewall.allow(&allowed(1)), Err(KernelError::Gone { .. })));
    firewall.replace(&[element("203.0.113.7", Scope::All)], &allowed(2)).unwrap();
    assert_eq!((names("allowed4").len(), names("blocked4").len()), (2, 1));
}
