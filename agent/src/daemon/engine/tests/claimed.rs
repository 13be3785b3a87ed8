//! Blocks on what a source is only claimed to have done.

use sentinel_parsers::Provenance;

use super::*;
use crate::detect::Hit;

/// So many events whose source anybody can have forged, one a second.
fn claim(engine: &mut Engine, address: &str, since: i64, events: i64) -> Outcome {
    let mut outcome = Outcome::default();
    for second in since..since + events {
        let hit = Hit { provenance: Provenance::Claimed, ..failed_login(address, at(second)) };
        engine.observe(&hit, evidence, at(second), &mut outcome);
    }
    outcome
}

#[test]
fn what_is_only_claimed_blocks_shortly_inbound_and_is_reported_to_nobody() {
    let mut engine = new();
    let outcome = claim(&mut engine, "203.0.113.7", 0, 5);
    assert!(
        matches!(&outcome.changes[..], [Change::Enforce { scope: Scope::Inbound, until, .. }] if *until == at(4 + 600))
    );
    assert!(matches!(&outcome.records[..], [Record::Reason(..)]), "no strike");
    assert!(outcome.detections.is_empty());
    let _ = engine.attach_log(net("203.0.113.7/32"), FileHash([9; 32]).log_id());
    assert!(engine.blocks().get(net("203.0.113.7/32")).unwrap().reasons[0].log.is_none(), "no log proves it");
}

#[test]
fn proof_of_what_was_only_claimed_blocks_it_as_any_other() {
    let mut engine = new();
    let _ = claim(&mut engine, "203.0.113.7", 0, 5);
    let outcome = attack(&mut engine, "203.0.113.7", 10, 5);
    assert!(matches!(
        &outcome.changes[..],
        [Change::Enforce { scope: Scope::All, .. }, Change::Release { scope: Scope::Inbound, .. }]
    ));
    assert_eq!(engine.offenders().get(net("203.0.113.7/32")).unwrap().strikes, 1);
    assert_eq!(outcome.detections.len(), 1);
}

#[test]
fn forged_addresses_leave_room_for_attackers_that_are_proven() {
    let mut engine = new();
    for nth in 0..10_500_u32 {
        let address = std::net::Ipv4Addr::from(0x0800_0000 + nth).to_string();
        let _ = claim(&mut engine, &address, 0, 5);
    }
    assert_eq!(engine.blocks().len(), 10_000);
    assert_eq!(attack(&mut engine, "203.0.113.7", 10, 5).blocked.len(), 1);
}
