//! The limits, the order, and the gates.

use std::time::Duration;

use super::*;
use crate::{domain::outermost, kernel::Scope};

fn plan(changes: &[Change]) -> Plan {
    Plan::of(changes.iter().copied(), Side::First)
}

fn network(text: &str) -> IpNetwork {
    text.parse().unwrap()
}

fn add(text: &str, scope: Scope) -> Change {
    Change::Add(Element { network: network(text), scope, timeout: Some(Duration::from_secs(60).into()) })
}

fn remove(text: &str, scope: Scope) -> Change {
    Change::Remove { network: network(text), scope }
}

#[test]
fn the_last_word_about_an_element_counts() {
    let plan = plan(&[add("203.0.113.7", Scope::All), remove("203.0.113.7/32", Scope::All)]);
    assert_eq!((plan.adds.len(), plan.removes.len()), (0, 1));
}

#[test]
fn an_element_that_changes_scope_is_added_here_and_removed_there() {
    for (to, from) in [(Scope::All, Scope::Inbound), (Scope::Inbound, Scope::All)] {
        let plan = plan(&[remove("203.0.113.7", from), add("203.0.113.7", to)]);
        assert_eq!((plan.adds[0].set.scope, plan.removes[0].set.scope), (to, from));
    }
}

#[test]
fn only_networks_of_uncommon_length_stand_behind_a_gate_which_outlives_the_longest() {
    let timed = |text, seconds| {
        let timeout = Some(Duration::from_secs(seconds).into());
        Change::Add(Element { network: network(text), scope: Scope::All, timeout })
    };
    let changes = [
        timed("203.0.113.0/27", 60),
        timed("203.0.113.32/28", 600),
        timed("203.0.113.128/26", 5),
        timed("203.0.113.0/24", 10_000),
        timed("203.0.113.7", 10_000),
    ];
    let gates = gates(&plan(&changes).adds);
    let found: Vec<_> = gates.iter().map(|gate| (gate.set.to_string(), gate.network, gate.timeout)).collect();
    let gate =
        |text, seconds: u64| ("blocked4_gate25".to_owned(), network(text), Some(seconds * 1000 + GATE_GRACE));
    assert_eq!(found, [gate("203.0.113.0/25", 600), gate("203.0.113.128/25", 5)]);
}

#[test]
fn a_gate_is_open_while_it_outlives_what_is_behind_it() {
    let op = gates(&plan(&[add("203.0.113.0/27", Scope::All)]).adds)[0];
    let held = |left| Held { network: op.network, left, counted: None };
    assert!(is_open(&held(None), &op) && is_open(&held(Some(120_000)), &op));
    assert!(!is_open(&held(Some(60_000)), &op));
    assert!(!is_open(&held(Some(1_000_000)), &Op { timeout: None, ..op }));
}

#[test]
fn the_gate_of_an_endless_block_is_endless() {
    let endless = Element { network: network("203.0.113.64/27"), scope: Scope::All, timeout: None };
    let both = plan(&[add("203.0.113.0/27", Scope::All), Change::Add(endless)]);
    assert_eq!(gates(&both.adds)[0].timeout, None);
}

#[test]
fn host_bits_do_not_make_another_element() {
    let plan = plan(&[add("203.0.113.7/24", Scope::All), add("203.0.113.9/24", Scope::All)]);
    assert_eq!(plan.adds.iter().map(|op| op.network).collect::<Vec<_>>(), [network("203.0.113.0/24")]);
}

#[test]
fn a_mapped_address_is_an_ipv4_address() {
    let plan = plan(&[add("::ffff:203.0.113.7", Scope::All)]);
    assert_eq!(
        (plan.adds[0].set.to_string(), plan.adds[0].network),
        ("blocked4".into(), network("203.0.113.7"))
    );
}

#[test]
fn a_network_of_every_address_is_refused() {
    let Plan { adds, refused, .. } = plan(&[add("0.0.0.0/0", Scope::All), add("::/0", Scope::Inbound)]);
    assert!(adds.is_empty());
    assert_eq!(refused[0].to_string(), "adding 0.0.0.0/0 to set blocked4_0: it holds every address");
    assert_eq!(refused.len(), 2);
}

/// What becomes of a duration on its way to the kernel.
fn milliseconds(duration: Duration) -> u64 {
    Timeout::from(duration).milliseconds()
}

#[test]
fn a_million_elements_take_32_megabytes() {
    assert!(size_of::<Element>() <= 32);
}

#[test]
fn a_timeout_is_never_rounded_to_forever() {
    assert_eq!(milliseconds(Duration::ZERO), 1);
    assert_eq!(milliseconds(Duration::from_millis(1500)), 1500);
    assert!(milliseconds(Duration::MAX) < u64::MAX / 1_000_000);
}

#[test]
fn batches_hold_every_operation_once_and_at_most_five_thousand() {
    let elements: Vec<Element> = (0..12_345_u32)
        .map(|index| Element {
            network: IpNetwork::from(std::net::IpAddr::from((0x0a00_0000 + index).to_be_bytes())),
            scope: Scope::All,
            timeout: Some(Duration::from_secs(1).into()),
        })
        .collect();
    let ops = Plan::writing(&elements, 0, Side::First).adds;
    let batches = batches(&ops, Mode::Fresh, |_| true);
    assert_eq!(batches.concat(), ops);
    assert!(batches.iter().all(|batch| batch.len() <= 5_000));
    assert_eq!(batches.len(), 3);
}

#[test]
fn an_address_is_held_by_the_network_around_it_only() {
    let networks = outermost(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"].map(network));
    let holds = |text: &str| holds(&networks, text.parse().unwrap());
    assert!(holds("10.255.0.1") && holds("192.0.2.1") && holds("2001:db8:1::"));
    assert!(!holds("9.255.255.255") && !holds("192.0.2.2") && !holds("2001:db9::") && !holds("::"));
}
