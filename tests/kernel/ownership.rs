//! Who may touch the table, and what outlives whom.

use sentinel_agent::kernel::{Damage, Firewall, Health, KernelError, Options, blocked};
use sentinel_tests::lab::{nft, private_network};

use crate::support::{add, firewall, kernel_has_owners, names, network, plain_firewall};

#[test]
fn a_foreign_flush_does_not_touch_an_owned_table_and_is_noticed_where_kernels_have_none() {
    let mut firewall = firewall();
    assert_eq!(firewall.is_owner(), kernel_has_owners());
    firewall.apply(&[add("203.0.113.7")]).unwrap();
    nft("flush ruleset").unwrap();
    if !firewall.is_owner() {
        assert_eq!(firewall.check(&[]).unwrap(), Health::Damaged(Damage::Table));
        return;
    }
    assert!(nft("delete table inet sentinel").is_err());
    assert_eq!(names("blocked4"), ["203.0.113.7"]);
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
}

#[test]
fn the_table_outlives_its_owner_and_the_next_one_adopts_it() {
    let mut first = firewall();
    first.apply(&[add("203.0.113.7"), add("198.51.100.0/24")]).unwrap();
    drop(first);
    assert_eq!(names("blocked4"), ["203.0.113.7"]);
    let mut next = Firewall::open(Options::default(), &[network("192.0.2.1")]).unwrap();
    assert_eq!(next.is_owner(), kernel_has_owners());
    next.apply(&[add("198.51.101.0/24")]).unwrap();
    assert_eq!(names("blocked4"), ["203.0.113.7"]);
    assert_eq!(names("blocked4_24"), ["198.51.100.0", "198.51.101.0"]);
    assert_eq!(names("allowed4"), ["192.0.2.1"]);
    assert_eq!(next.check(&[]).unwrap(), Health::Intact);
}

#[test]
fn a_second_owner_is_refused_by_name_where_kernels_have_owners() {
    let _first = firewall();
    if !kernel_has_owners() {
        assert!(
            Firewall::open(Options::default(), &[]).is_ok(),
            "the database's lock keeps a second agent out"
        );
        return;
    }
    let error = Firewall::open(Options::default(), &[]).err().unwrap();
    assert!(matches!(error, KernelError::AnotherOwner { port } if port != 0));
    let text = error.to_string();
    assert!(text.starts_with("table inet sentinel belongs to another process (netlink port "), "{text}");
}

#[test]
fn the_table_is_read_while_somebody_else_owns_it() {
    let mut firewall = firewall();
    firewall.apply(&[add("203.0.113.7"), add("2001:db8::/48")]).unwrap();
    let found: Vec<_> = blocked().unwrap().into_iter().map(|element| element.network).collect();
    assert_eq!(found, [network("203.0.113.7"), network("2001:db8::/48")]);
}

#[test]
fn a_removed_firewall_leaves_no_trace_and_other_tables_stay() {
    let firewall = firewall();
    nft("add table inet operator").unwrap();
    firewall.remove().unwrap();
    assert_eq!(nft("list tables").unwrap().trim(), "table inet operator");
}

#[test]
fn an_empty_table_of_that_name_is_taken_over() {
    private_network().unwrap();
    nft("add table inet sentinel").unwrap();
    assert_eq!(Firewall::open(Options::default(), &[]).unwrap().is_owner(), kernel_has_owners());
}

#[test]
fn sets_that_cannot_be_used_are_made_anew() {
    private_network().unwrap();
    nft("add table inet sentinel").unwrap();
    nft("add set inet sentinel blocked4 { type ipv4_addr ; flags timeout ; }").unwrap();
    nft("add set inet sentinel blocked6 { type inet_service ; }").unwrap();
    let mut firewall = Firewall::open(Options::default(), &[]).unwrap();
    firewall.apply(&[add("2001:db8::7")]).unwrap();
    assert_eq!(names("blocked6"), ["2001:db8::7"]);
}

#[test]
fn a_plain_table_keeps_its_elements_when_it_is_adopted() {
    private_network().unwrap();
    nft("add table inet sentinel").unwrap();
    nft("add set inet sentinel blocked4 { type ipv4_addr ; flags timeout ; elements = { 203.0.113.7 } ; }")
        .unwrap();
    let mut firewall = Firewall::open(Options::default(), &[]).unwrap();
    assert_eq!(names("blocked4"), ["203.0.113.7"]);
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
}

#[test]
fn a_kernel_without_owners_gets_a_plain_table_that_anybody_may_change() {
    let mut firewall = plain_firewall();
    firewall.apply(&[add("203.0.113.7")]).unwrap();
    drop(firewall);
    assert!(!nft("list table inet sentinel").unwrap().contains("flags owner"));
    nft("delete table inet sentinel").unwrap();
}

#[test]
fn networks_of_every_length_are_adopted_with_the_way_to_them() {
    let mut first = firewall();
    first.apply(&[add("203.0.113.0/27"), add("2001:db8::/33"), add("198.51.100.0/24")]).unwrap();
    drop(first);
    let mut next = Firewall::open(Options::default(), &[]).unwrap();
    assert_eq!(next.check(&[]).unwrap(), Health::Intact);
    next.apply(&[add("203.0.113.32/28")]).unwrap();
    assert_eq!(names("blocked4_gate25"), ["203.0.113.0"]);
    assert_eq!(names("blocked4_27"), ["203.0.113.0"]);
    assert_eq!(next.check(&[]).unwrap(), Health::Intact);
}

#[test]
fn what_an_earlier_process_left_is_discarded_and_nothing_else() {
    let mut former = firewall();
    former.apply(&[add("203.0.113.7"), add("203.0.113.0/27")]).unwrap();
    nft("add table inet operator").unwrap();
    if kernel_has_owners() {
        let error = Firewall::discard().unwrap_err();
        assert!(matches!(error, KernelError::AnotherOwner { .. }), "{error}");
        assert_eq!(names("blocked4"), ["203.0.113.7"]);
    }
    drop(former);
    assert!(Firewall::discard().unwrap());
    assert_eq!(nft("list tables").unwrap().trim(), "table inet operator");
    assert!(!Firewall::discard().unwrap(), "there is nothing left to discard");
}

#[test]
fn a_plain_table_is_discarded_too() {
    drop(plain_firewall());
    assert!(Firewall::discard().unwrap());
    assert_eq!(nft("list tables").unwrap(), "");
}
