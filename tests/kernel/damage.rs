//! What others break, and how it is noticed and put right.

use sentinel_agent::kernel::{Damage, Firewall, Health, KernelError, Lacking, Population, Scope};
use sentinel_tests::lab::nft;

use crate::support::{
    add, dropped, element, firewall_lacking, kernel_counts_elements, many, names, network, plain_firewall,
};

/// The damage that `firewall` notices when `expected` IPv4 addresses must be blocked entirely.
fn noticed(firewall: &mut Firewall, expected: usize) -> String {
    let expected = Population { scope: Scope::All, ipv4: true, prefix: 32, elements: expected };
    match firewall.check(&[expected]).unwrap() {
        Health::Intact => "nothing".to_owned(),
        Health::Damaged(damage) => damage.to_string(),
    }
}

#[test]
fn a_deleted_table_is_noticed_and_rebuilt() {
    let mut firewall = plain_firewall();
    firewall.apply(&[add("203.0.113.7")]).unwrap();
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
    nft("flush ruleset").unwrap();
    assert_eq!(firewall.check(&[]).unwrap(), Health::Damaged(Damage::Table));
    assert!(matches!(firewall.apply(&[add("203.0.113.8")]), Err(KernelError::Gone { .. })));
    firewall.replace(&[element("203.0.113.7", Scope::All)], &[]).unwrap();
    assert_eq!(names("blocked4"), ["203.0.113.7"]);
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
}

#[test]
fn flushed_rules_are_noticed() {
    let mut firewall = plain_firewall();
    nft("flush chain inet sentinel drop_all").unwrap();
    assert_eq!(firewall.check(&[]).unwrap(), Health::Damaged(Damage::Rules("drop_all".to_owned())));
}

#[test]
fn a_flushed_set_is_noticed_by_its_canary() {
    let mut firewall = plain_firewall();
    firewall.apply(&[add("203.0.113.0/24"), add("198.51.100.0/24")]).unwrap();
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
    nft("flush set inet sentinel blocked4_24").unwrap();
    let Health::Damaged(damage) = firewall.check(&[]).unwrap() else { panic!("it was not noticed") };
    assert!(damage.to_string().ends_with("/24 was removed from set blocked4_24"), "{damage}");
}

#[test]
fn changes_of_other_tables_are_no_damage() {
    let mut firewall = plain_firewall();
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
    nft("add table inet operator").unwrap();
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
}

#[test]
fn a_rule_that_was_exchanged_for_another_is_noticed() {
    let mut firewall = plain_firewall();
    nft("insert rule inet sentinel drop_all accept").unwrap();
    assert_eq!(noticed(&mut firewall, 0), "the rules of chain drop_all were changed");
}

#[test]
fn the_chain_behind_a_gate_is_watched_too() {
    let mut firewall = plain_firewall();
    firewall.apply(&[add("203.0.113.0/27")]).unwrap();
    assert_eq!(noticed(&mut firewall, 0), "nothing");
    nft("flush chain inet sentinel blocked4_band25").unwrap();
    assert_eq!(noticed(&mut firewall, 0), "the rules of chain blocked4_band25 were changed");
    firewall.replace(&[element("203.0.113.0/27", Scope::All)], &[]).unwrap();
    assert_eq!(noticed(&mut firewall, 0), "nothing");
}

#[test]
fn one_element_of_a_hundred_that_somebody_deletes_is_noticed_where_kernels_count() {
    let mut firewall = plain_firewall();
    firewall.replace(&many(100), &[]).unwrap();
    assert_eq!(noticed(&mut firewall, 100), "nothing");
    nft("delete element inet sentinel blocked4 { 10.0.0.77 }").unwrap();
    let loss = "set blocked4 holds 99 elements where 100 were written";
    assert_eq!(noticed(&mut firewall, 100), if kernel_counts_elements() { loss } else { "nothing" });
    firewall.replace(&many(100), &[]).unwrap();
    assert_eq!((noticed(&mut firewall, 100).as_str(), dropped().len()), ("nothing", 100));
}

#[test]
fn a_few_deleted_elements_are_noticed_without_counts_when_they_are_most_of_a_set() {
    let mut firewall = firewall_lacking(Lacking { ownership: true, counts: true, ..Lacking::default() });
    firewall.replace(&many(9), &[]).unwrap();
    nft("delete element inet sentinel blocked4 { 10.0.0.0, 10.0.0.1 }").unwrap();
    let damage = noticed(&mut firewall, 9);
    assert!(damage.ends_with("was removed from set blocked4"), "{damage}");
}

#[test]
fn more_elements_than_expected_are_no_damage() {
    let mut firewall = plain_firewall();
    firewall.replace(&many(9), &[]).unwrap();
    assert_eq!(noticed(&mut firewall, 5), "nothing");
}

#[test]
fn a_table_that_was_put_to_sleep_is_woken() {
    let mut firewall = plain_firewall();
    firewall.apply(&[add("203.0.113.7")]).unwrap();
    nft("add table inet sentinel { flags dormant ; }").unwrap();
    assert_eq!(firewall.check(&[]).unwrap(), Health::Damaged(Damage::Flags));
    firewall.replace(&[element("203.0.113.7", Scope::All)], &[]).unwrap();
    assert!(!nft("list table inet sentinel").unwrap().contains("dormant"));
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
}

#[test]
fn a_rule_that_lets_pass_whom_it_dropped_is_noticed() {
    let mut firewall = plain_firewall();
    firewall.apply(&[add("203.0.113.7"), add("198.51.100.0/24")]).unwrap();
    for set in ["blocked4", "blocked4_24"] {
        assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
        let chain = nft("--handle list chain inet sentinel drop_all").unwrap();
        let rule = chain.lines().find(|line| line.contains(&format!("@{set} "))).unwrap();
        let handle = rule.rsplit(' ').next().unwrap();
        nft(&format!("replace rule inet sentinel drop_all handle {handle} ip saddr @{set} accept")).unwrap();
        assert_eq!(noticed(&mut firewall, 0), "the rules of chain drop_all were changed", "{set}");
        let elements = [element("203.0.113.7", Scope::All), element("198.51.100.0/24", Scope::All)];
        firewall.replace(&elements, &[]).unwrap();
    }
}

#[test]
fn a_changed_allowlist_is_noticed() {
    let changes: [&[&str]; 4] = [
        &["flush set inet sentinel allowed4"],
        &["flush set inet sentinel allowed4", "add element inet sentinel allowed4 { 0.0.0.0/0 }"],
        &["flush set inet sentinel allowed4", "add element inet sentinel allowed4 { 192.0.2.0/24 }"],
        &["delete element inet sentinel allowed6 { 2001:db8::/32 }"],
    ];
    let allowed = ["192.0.2.7", "2001:db8::/32"].map(network);
    let mut firewall = plain_firewall();
    for change in changes {
        firewall.replace(&[element("203.0.113.7", Scope::All)], &allowed).unwrap();
        assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
        change.iter().for_each(|command| drop(nft(command).unwrap()));
        let damage = noticed(&mut firewall, 1);
        assert!(damage.ends_with(", which always pass, were changed"), "{change:?}: {damage}");
    }
    firewall.allow(&allowed[..1]).unwrap();
    assert_eq!(
        firewall.check(&[]).unwrap(),
        Health::Intact,
        "taking away what somebody else took away already"
    );
}

#[test]
fn everybody_being_allowed_besides_is_noticed() {
    let mut firewall = plain_firewall();
    nft("add element inet sentinel allowed4 { 0.0.0.0/0 }").unwrap();
    let added = "the networks of set allowed4, which always pass, were changed";
    assert_eq!(noticed(&mut firewall, 0), added);
}
