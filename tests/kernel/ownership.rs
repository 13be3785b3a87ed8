//! Who may touch the table, what outlives whom, and what is noticed.

use sentinel_agent::kernel::{CAPACITY, Damage, Firewall, Health, KernelError, Scope, blocked};
use sentinel_tests::lab::{nft, private_network};

use crate::support::{add, element, firewall, kernel_has_owners, names, network};

/// A firewall that adopted a table which anybody may change, as on kernels before 6.9.
fn plain_firewall() -> Firewall {
    private_network().unwrap();
    nft("add table inet sentinel").unwrap();
    nft("add set inet sentinel blocked4 { type ipv4_addr ; flags timeout ; }").unwrap();
    let firewall = Firewall::open(CAPACITY, &[]).unwrap();
    assert!(!firewall.is_owner());
    firewall
}

#[test]
fn a_foreign_flush_does_not_touch_an_owned_table_and_is_noticed_where_kernels_have_none() {
    let mut firewall = firewall();
    assert_eq!(firewall.is_owner(), kernel_has_owners());
    firewall.apply(&[add("203.0.113.7")]).unwrap();
    nft("flush ruleset").unwrap();
    if !firewall.is_owner() {
        assert_eq!(firewall.check().unwrap(), Health::Damaged(Damage::Table));
        return;
    }
    assert!(nft("delete table inet sentinel").is_err());
    assert_eq!(names("blocked4"), ["203.0.113.7"]);
    assert_eq!(firewall.check().unwrap(), Health::Intact);
}

#[test]
fn the_table_outlives_its_owner_and_the_next_one_adopts_it() {
    let mut first = firewall();
    first.apply(&[add("203.0.113.7"), add("198.51.100.0/24")]).unwrap();
    drop(first);
    assert_eq!(names("blocked4"), ["203.0.113.7"]);
    let mut next = Firewall::open(CAPACITY, &[network("192.0.2.1")]).unwrap();
    assert_eq!(next.is_owner(), kernel_has_owners());
    next.apply(&[add("198.51.101.0/24")]).unwrap();
    assert_eq!(names("blocked4"), ["203.0.113.7"]);
    assert_eq!(names("blocked4_24"), ["198.51.100.0", "198.51.101.0"]);
    assert_eq!(names("allowed4"), ["192.0.2.1"]);
    assert_eq!(next.check().unwrap(), Health::Intact);
}

#[test]
fn a_second_owner_is_refused_by_name_where_kernels_have_owners() {
    let _first = firewall();
    if !kernel_has_owners() {
        assert!(Firewall::open(CAPACITY, &[]).is_ok(), "the database's lock keeps a second agent out");
        return;
    }
    let error = Firewall::open(CAPACITY, &[]).err().unwrap();
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
    assert_eq!(Firewall::open(CAPACITY, &[]).unwrap().is_owner(), kernel_has_owners());
}

#[test]
fn sets_that_cannot_be_used_are_made_anew() {
    private_network().unwrap();
    nft("add table inet sentinel").unwrap();
    nft("add set inet sentinel blocked4 { type ipv4_addr ; flags timeout ; }").unwrap();
    nft("add set inet sentinel blocked6 { type inet_service ; }").unwrap();
    let mut firewall = Firewall::open(CAPACITY, &[]).unwrap();
    firewall.apply(&[add("2001:db8::7")]).unwrap();
    assert_eq!(names("blocked6"), ["2001:db8::7"]);
}

#[test]
fn a_plain_table_keeps_its_elements_when_it_is_adopted() {
    private_network().unwrap();
    nft("add table inet sentinel").unwrap();
    nft("add set inet sentinel blocked4 { type ipv4_addr ; flags timeout ; elements = { 203.0.113.7 } ; }")
        .unwrap();
    let mut firewall = Firewall::open(CAPACITY, &[]).unwrap();
    assert_eq!(names("blocked4"), ["203.0.113.7"]);
    assert_eq!(firewall.check().unwrap(), Health::Intact);
}

#[test]
fn a_deleted_table_is_noticed_and_rebuilt() {
    let mut firewall = plain_firewall();
    firewall.apply(&[add("203.0.113.7")]).unwrap();
    assert_eq!(firewall.check().unwrap(), Health::Intact);
    nft("flush ruleset").unwrap();
    assert_eq!(firewall.check().unwrap(), Health::Damaged(Damage::Table));
    assert!(matches!(firewall.apply(&[add("203.0.113.8")]), Err(KernelError::Gone { .. })));
    firewall.replace(&[element("203.0.113.7", Scope::All)]).unwrap();
    assert_eq!(names("blocked4"), ["203.0.113.7"]);
    assert_eq!(firewall.is_owner(), kernel_has_owners());
    assert_eq!(firewall.check().unwrap(), Health::Intact);
}

#[test]
fn flushed_rules_are_noticed() {
    let mut firewall = plain_firewall();
    nft("flush chain inet sentinel drop_all").unwrap();
    assert_eq!(firewall.check().unwrap(), Health::Damaged(Damage::Rules("drop_all")));
}

#[test]
fn a_flushed_set_is_noticed_by_its_canary() {
    let mut firewall = plain_firewall();
    firewall.apply(&[add("203.0.113.0/24"), add("198.51.100.0/24")]).unwrap();
    assert_eq!(firewall.check().unwrap(), Health::Intact);
    nft("flush set inet sentinel blocked4_24").unwrap();
    let Health::Damaged(damage) = firewall.check().unwrap() else { panic!("it was not noticed") };
    assert!(damage.to_string().ends_with("/24 was removed from set blocked4_24"), "{damage}");
}

#[test]
fn changes_of_other_tables_are_no_damage() {
    let mut firewall = plain_firewall();
    assert_eq!(firewall.check().unwrap(), Health::Intact);
    nft("add table inet operator").unwrap();
    assert_eq!(firewall.check().unwrap(), Health::Intact);
}
