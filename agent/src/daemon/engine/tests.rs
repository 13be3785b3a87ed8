#![allow(clippy::unwrap_used, clippy::panic)]

mod claimed;
mod strikes;
mod words;

use jiff::{SignedDuration, Timestamp};

use super::{
    testing::{accuse, at, attack, engine, order},
    *,
};
use crate::{
    detect::testing::{evidence, failed_login},
    domain::{FileHash, Offence, Scope},
    guard::Protected,
    record::ClockStep,
    trust::Attitude,
};

const HOUR: i64 = 3600;

fn new() -> Engine {
    engine(BlockSet::new(Scope::Inbound))
}

#[test]
fn a_detected_attacker_is_blocked_remembered_and_reported() {
    let outcome = attack(&mut new(), "203.0.113.7", 0, 5);
    assert_eq!(outcome.blocked, ["203.0.113.7/32".parse().unwrap()]);
    assert!(matches!(&outcome.changes[..], [Change::Enforce { scope: Scope::All, .. }]));
    assert!(matches!(&outcome.records[..], [Record::Reason(..), Record::Offence(..)]));
    assert_eq!(outcome.detections.len(), 1);
}

#[test]
fn an_attacker_is_reported_once_a_log_proves_it_and_not_again() {
    let mut engine = new();
    let network = "203.0.113.7/32".parse().unwrap();
    assert_eq!(attack(&mut engine, "203.0.113.7", 0, 5).detections.len(), 1);
    assert_eq!(attack(&mut engine, "203.0.113.7", 400, 5).detections.len(), 1, "its log was not written yet");
    let _ = engine.attach_log(network, FileHash([9; 32]).log_id());
    assert_eq!(attack(&mut engine, "203.0.113.7", 800, 5).detections.len(), 0);
    assert!(engine.blocks().get(network).unwrap().reasons[0].log.is_some(), "the proof stays");
}

#[test]
fn whom_the_guard_protects_is_refused_and_shown() {
    let outcome = attack(&mut new(), "198.51.100.2", 0, 5);
    assert!(outcome.changes.is_empty() && outcome.detections.is_empty());
    assert_eq!(outcome.refused.len(), 1);
}

#[test]
fn old_lines_that_are_read_late_block_nobody() {
    let mut outcome = Outcome::default();
    let mut engine = new();
    for second in 0..5 {
        engine.observe(&failed_login("203.0.113.7", at(second)), evidence, at(5 * 3600), &mut outcome);
    }
    assert!(outcome.changes.is_empty() && outcome.detections.is_empty());
}

#[test]
fn a_peers_log_blocks_inbound_whom_it_accuses_strongly_enough() {
    let outcome = accuse(&mut new(), &[("203.0.113.7", 3), ("203.0.113.8", 2)], (at(0), at(1)));
    assert_eq!(outcome.blocked, ["203.0.113.7/32".parse().unwrap()]);
    assert!(matches!(&outcome.changes[..], [Change::Enforce { scope: Scope::Inbound, .. }]));
}

#[test]
fn a_peers_log_blocks_no_private_address_and_no_more_attackers_than_allowed() {
    let many = [("203.0.113.7", 3), ("192.168.1.1", 3), ("203.0.113.8", 3), ("203.0.113.9", 3)];
    let outcome = accuse(&mut new(), &many, (at(0), at(1)));
    assert_eq!(outcome.blocked.len() + outcome.refused.len(), 2);
    assert!(outcome.refused.iter().any(|refused| refused.network.to_string() == "192.168.1.1/32"));
}

#[test]
fn a_post_that_is_older_than_a_block_lasts_blocks_nobody() {
    let outcome = accuse(&mut new(), &[("203.0.113.7", 3)], (at(0), at(4 * 3600)));
    assert!(outcome.changes.is_empty());
}

fn net(text: &str) -> IpNetwork {
    text.parse().unwrap()
}

/// The operator blocks a network for an hour at second 0.
fn block(engine: &mut Engine, network: &str, outcome: &mut Outcome) -> Result<Timestamp, Refused> {
    engine.block_manually(order(network, 1), at(0), outcome)
}

#[test]
fn of_many_networks_the_guard_refuses_some_and_all_others_are_in_force() {
    let (mut engine, mut outcome) = (new(), Outcome::default());
    let mut is_blocked = |network| block(&mut engine, network, &mut outcome).is_ok();
    assert!(!is_blocked("0.0.0.0/0") && !is_blocked("198.51.100.2"));
    assert!(is_blocked("203.0.113.0/24") && is_blocked("10.1.2.3"));
    assert_eq!(outcome.blocked, [net("203.0.113.0/24"), net("10.1.2.3")]);
    assert_eq!((outcome.changes.len(), outcome.records.len()), (2, 2));
}

#[test]
fn no_block_lasts_longer_than_a_century() {
    let (mut engine, mut outcome) = (new(), Outcome::default());
    let ever = Order { duration: SignedDuration::MAX, ..order("203.0.113.7", 1) };
    engine.block_manually(ever, at(0), &mut outcome).unwrap();
    let until = engine.blocks().get(net("203.0.113.7")).unwrap().until();
    assert_eq!(until.duration_since(at(0)), SignedDuration::from_hours(100 * 366 * 24));
}

#[test]
fn beyond_the_capacity_everything_is_refused_but_what_is_blocked_already() {
    let (mut engine, mut outcome) = (new(), Outcome::default());
    engine.rules.capacity = 2;
    block(&mut engine, "203.0.113.1", &mut outcome).unwrap();
    block(&mut engine, "203.0.113.2", &mut outcome).unwrap();
    let refused = block(&mut engine, "203.0.113.3", &mut outcome).unwrap_err().to_string();
    assert!(refused.starts_with("203.0.113.3/32 is not blocked: 2 networks are blocked"), "{refused}");
    assert_eq!(attack(&mut engine, "203.0.113.2", 0, 5).blocked.len(), 1);
    assert_eq!(attack(&mut engine, "203.0.113.9", 0, 5).refused.len(), 1);
}

#[test]
fn peers_fill_half_of_the_capacity_at_the_most() {
    let mut engine = new();
    engine.rules.capacity = 2;
    block(&mut engine, "203.0.113.1", &mut Outcome::default()).unwrap();
    let outcome = accuse(&mut engine, &[("203.0.113.2", 3), ("203.0.113.3", 3)], (at(0), at(1)));
    assert_eq!((outcome.blocked.len(), outcome.refused.len()), (1, 1));
    engine.rules.capacity = 3;
    let outcome = accuse(&mut engine, &[("203.0.113.3", 3)], (at(0), at(1)));
    assert_eq!(outcome.refused[0].rule, Rule::TooMany(1));
}

#[test]
fn an_unblocked_network_is_let_go_forgotten_and_forgiven() {
    let mut engine = new();
    let _ = attack(&mut engine, "203.0.113.7", 0, 5);
    let (block, outcome) = engine.unblock("203.0.113.7/32".parse().unwrap(), at(9)).unwrap();
    assert_eq!(block.source(), SourceClass::Local);
    assert!(matches!(&outcome.changes[..], [Change::Release { .. }]));
    assert_eq!(outcome.records, [Record::BlockGone(block.network), Record::OffenceForgotten(block.network)]);
    assert!(engine.offenders().is_empty());
    assert!(engine.unblock(block.network, at(9)).is_none());
}

#[test]
fn what_becomes_protected_is_let_go() {
    let mut engine = new();
    let _ = attack(&mut engine, "203.0.113.7", 0, 5);
    let protected = Protected { gateways: vec!["203.0.113.7".parse().unwrap()], ..Protected::default() };
    let outcome = engine.protect(protected, at(0));
    assert!(matches!(&outcome.changes[..], [Change::Release { .. }]));
    assert!(engine.blocks().is_empty());
}

#[test]
fn a_block_names_the_log_that_proves_it() {
    let mut engine = new();
    let _ = attack(&mut engine, "203.0.113.7", 0, 5);
    let network = "203.0.113.7/32".parse().unwrap();
    let outcome = engine.attach_log(network, FileHash([9; 32]).log_id());
    assert_eq!((outcome.changes.len(), outcome.records.len()), (0, 1));
    assert!(engine.blocks().get(network).unwrap().reasons[0].log.is_some());
}

#[test]
fn blocks_that_ran_out_are_forgotten() {
    let mut engine = new();
    let _ = attack(&mut engine, "203.0.113.7", 0, 5);
    assert_eq!(engine.expire(at(4 * 3600)).records.len(), 0);
    assert_eq!(engine.expire(at(4 * 3600 + 4)).records.len(), 1);
    assert!(engine.blocks().is_empty());
}

#[test]
fn a_reason_that_has_to_make_room_is_forgotten_on_disk_too() {
    let mut engine = new();
    for second in 0..64 {
        let _ = accuse(&mut engine, &[("203.0.113.7", 3)], (at(second), at(64)));
    }
    let outcome = accuse(&mut engine, &[("203.0.113.7", 3)], (at(64), at(64)));
    assert!(
        matches!(&outcome.records[..], [Record::ReasonGone(..), Record::Reason(..)]),
        "{:?}",
        outcome.records
    );
    assert_eq!(engine.blocks().get(net("203.0.113.7")).unwrap().reasons.len(), 64);
}

#[test]
fn a_private_network_that_the_operator_blocks_keeps_his_reason_whatever_peers_say() {
    let mut engine = new();
    let network = net("10.1.2.0/24");
    block(&mut engine, "10.1.2.0/24", &mut Outcome::default()).unwrap();
    let allow = |address: &str| Protected { allowed: vec![net(address)], ..Protected::default() };
    let outcome = engine.protect(allow("10.1.2.3"), at(0));
    assert!(outcome.changes.is_empty() && outcome.refused.is_empty());
    let reason = peers_reason(&mut engine);
    let _ = engine.restore(network, reason.clone()).unwrap_err();
    // As if the rule were newer than the block.
    let guarded = engine.guard.check(network, SourceClass::Manual).unwrap();
    let _ = engine.blocks.add(guarded, reason.clone());
    let outcome = engine.protect(allow("10.1.2.4"), at(0));
    assert_eq!(outcome.records, [Record::ReasonGone(network, reason.origin)]);
    assert!(matches!(outcome.refused[0].rule, Rule::Private(_)));
    assert_eq!(engine.blocks().get(network).unwrap().source(), SourceClass::Manual);
}

/// A reason as a peer gives it.
fn peers_reason(engine: &mut Engine) -> Reason {
    let _ = accuse(engine, &[("203.0.113.99", 3)], (at(0), at(1)));
    engine.unblock(net("203.0.113.99"), at(1)).unwrap().0.reasons.remove(0)
}

#[test]
fn when_a_reporter_is_no_longer_believed_all_that_rested_on_its_word_alone_is_let_go() {
    let mut engine = new();
    let _ = attack(&mut engine, "203.0.113.7", 0, 5);
    let _ = accuse(&mut engine, &[("203.0.113.7", 3), ("203.0.113.8", 3)], (at(0), at(1)));
    let outcome = engine.regard(testing::reporter().key, Some(Attitude::Banned), at(0));
    assert!(
        matches!(outcome.changes[..], [Change::Release { scope: Scope::Inbound, .. }]),
        "{:?}",
        outcome.changes
    );
    assert!(matches!(outcome.records[..], [Record::ReasonGone(..), Record::BlockGone(_)]));
    assert_eq!(engine.blocks().len(), 1);
}

#[test]
fn when_the_clock_is_set_blocks_strikes_and_windows_go_with_it() {
    let mut engine = new();
    let network = net("203.0.113.7");
    let _ = attack(&mut engine, "203.0.113.7", 0, 5);
    assert!(attack(&mut engine, "203.0.113.8", 5, 3).blocked.is_empty());
    let by = SignedDuration::from_secs(-9 * HOUR);
    let step = ClockStep { by, alive: at(10 - 60) };
    assert_eq!(engine.clock_set(by, at(10)), Record::ClockSet(step));
    let end = 4 + 4 * HOUR - 9 * HOUR;
    assert_eq!(engine.blocks().get(network).unwrap().until(), at(end));
    assert_eq!(engine.offenders().get(network).unwrap().until, at(end));
    assert_eq!(attack(&mut engine, "203.0.113.8", 8 - 9 * HOUR, 2).blocked.len(), 1);
    assert!(engine.expire(at(end - 1)).records.is_empty());
    assert_eq!(engine.expire(at(end)).records, [Record::BlockGone(network)]);
}

#[test]
fn what_was_acknowledged_is_restored_also_when_less_may_be_blocked_by_now() {
    let mut before = new();
    let _ = accuse(&mut before, &[("203.0.113.7", 3), ("203.0.113.8", 3)], (at(0), at(1)));
    let mut engine = new();
    engine.rules.capacity = 1;
    for block in before.blocks().iter() {
        for reason in block.reasons {
            engine.restore(block.network, reason).unwrap();
        }
    }
    assert_eq!(engine.blocks().len(), 2);
    let refused = accuse(&mut engine, &[("203.0.113.9", 3)], (at(0), at(1))).refused;
    assert_eq!(refused.len(), 1, "of new ones there is no room for any");
}
