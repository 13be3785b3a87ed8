use std::collections::BTreeSet;

use super::*;
use crate::{
    detect::{Settings, testing::failed_login},
    domain::{FileHash, Karma, PeerKey, PostId, Scope},
    evidence,
    guard::Protected,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_399_200 + second).unwrap()
}

fn engine() -> Engine {
    let policy = Policy {
        min_karma: Karma(50),
        min_events: 3,
        max_attackers: 2,
        max_age: SignedDuration::from_hours(24),
        trusted: BTreeSet::new(),
        banned: BTreeSet::new(),
    };
    let rules = Rules { block_for: SignedDuration::from_hours(4), ipv6_prefix: 64, policy };
    let detect =
        Settings { threshold: 5, window: SignedDuration::from_mins(10), max_tracked: 100, ipv6_prefix: 64 };
    let guard =
        Guard::new(Protected { addresses: vec!["198.51.100.2".parse().unwrap()], ..Protected::default() });
    Engine::new(rules, guard, Detector::new(detect), BlockSet::new(Scope::Inbound))
}

fn attack(engine: &mut Engine, address: &str, events: i64) -> Outcome {
    let mut outcome = Outcome::default();
    for second in 0..events {
        engine.observe(failed_login(address, at(second)), at(second), &mut outcome);
    }
    outcome
}

fn post() -> Post {
    Post {
        id: PostId([3; 32]),
        owner: PeerKey([2; 32]),
        log_url: "https://peer-a.example:9000/logs/00112233445566aa".into(),
        file_hash: FileHash([4; 32]),
        timestamp: at(0),
        likes: 0,
        cycle: 0,
        mirror_urls: vec![],
    }
}

fn log(attackers: &[(&str, usize)]) -> Verified<MaliciousLog> {
    let lines = attackers.iter().flat_map(|(address, events)| {
        std::iter::repeat_n(
            format!("sshd[1]: Failed password for user from {address} port 4711 ssh2\n"),
            *events,
        )
    });
    let log = MaliciousLog::new(lines.collect::<String>().into_bytes()).unwrap();
    let hash = log.hash();
    evidence::verify(log, hash).unwrap()
}

fn accuse(engine: &mut Engine, attackers: &[(&str, usize)], now: Timestamp) -> Outcome {
    engine.accuse(&log(attackers), &post(), &Belief::Karma { karma: Karma(60), needed: Karma(50) }, now)
}

#[test]
fn a_detected_attacker_is_blocked_remembered_and_reported() {
    let outcome = attack(&mut engine(), "203.0.113.7", 5);
    assert_eq!(outcome.blocked, ["203.0.113.7/32".parse().unwrap()]);
    assert!(matches!(&outcome.changes[..], [Change::Enforce { scope: Scope::All, .. }]));
    assert!(matches!(&outcome.records[..], [Record::Reason(..)]));
    assert_eq!(outcome.detections.len(), 1);
}

#[test]
fn an_attacker_is_reported_once_a_log_proves_it_and_not_again() {
    let mut engine = engine();
    let network = "203.0.113.7/32".parse().unwrap();
    assert_eq!(attack(&mut engine, "203.0.113.7", 5).detections.len(), 1);
    assert_eq!(attack(&mut engine, "203.0.113.7", 5).detections.len(), 1, "its log was not written yet");
    let _ = engine.attach_log(network, FileHash([9; 32]).log_id());
    assert_eq!(attack(&mut engine, "203.0.113.7", 5).detections.len(), 0);
    assert!(engine.blocks().get(network).unwrap().reasons[0].log.is_some(), "the proof stays");
}

#[test]
fn whom_the_guard_protects_is_refused_and_shown() {
    let outcome = attack(&mut engine(), "198.51.100.2", 5);
    assert!(outcome.changes.is_empty() && outcome.detections.is_empty());
    assert_eq!(outcome.refused.len(), 1);
}

#[test]
fn old_lines_that_are_read_late_block_nobody() {
    let mut outcome = Outcome::default();
    let mut engine = engine();
    for second in 0..5 {
        engine.observe(failed_login("203.0.113.7", at(second)), at(5 * 3600), &mut outcome);
    }
    assert!(outcome.changes.is_empty() && outcome.detections.is_empty());
}

#[test]
fn a_peers_log_blocks_inbound_whom_it_accuses_strongly_enough() {
    let outcome = accuse(&mut engine(), &[("203.0.113.7", 3), ("203.0.113.8", 2)], at(1));
    assert_eq!(outcome.blocked, ["203.0.113.7/32".parse().unwrap()]);
    assert!(matches!(&outcome.changes[..], [Change::Enforce { scope: Scope::Inbound, .. }]));
}

#[test]
fn a_peers_log_blocks_no_private_address_and_no_more_attackers_than_allowed() {
    let many = [("203.0.113.7", 3), ("192.168.1.1", 3), ("203.0.113.8", 3), ("203.0.113.9", 3)];
    let outcome = accuse(&mut engine(), &many, at(1));
    assert_eq!(outcome.blocked.len() + outcome.refused.len(), 2);
    assert!(outcome.refused.iter().any(|refused| refused.network.to_string() == "192.168.1.1/32"));
}

#[test]
fn a_post_that_is_older_than_a_block_lasts_blocks_nobody() {
    let outcome = accuse(&mut engine(), &[("203.0.113.7", 3)], at(4 * 3600));
    assert!(outcome.changes.is_empty());
}

#[test]
fn a_manual_block_goes_through_the_guard_too() {
    let mut engine = engine();
    let hour = SignedDuration::from_hours(1);
    let mut block =
        |network: &str| engine.block_manually(network.parse().unwrap(), hour, String::new(), at(0));
    assert!(block("0.0.0.0/0").is_err());
    assert_eq!(block("203.0.113.0/24").unwrap().blocked.len(), 1);
}

#[test]
fn an_unblocked_network_is_let_go_and_forgotten() {
    let mut engine = engine();
    let _ = attack(&mut engine, "203.0.113.7", 5);
    let (block, outcome) = engine.unblock("203.0.113.7/32".parse().unwrap()).unwrap();
    assert_eq!(block.source(), SourceClass::Local);
    assert!(matches!(&outcome.changes[..], [Change::Release { .. }]));
    assert!(matches!(&outcome.records[..], [Record::BlockGone(_)]));
    assert!(engine.unblock(block.network).is_none());
}

#[test]
fn what_becomes_protected_is_let_go() {
    let mut engine = engine();
    let _ = attack(&mut engine, "203.0.113.7", 5);
    let protected = Protected { gateways: vec!["203.0.113.7".parse().unwrap()], ..Protected::default() };
    engine.guard_mut().protect(protected);
    let outcome = engine.release_protected();
    assert!(matches!(&outcome.changes[..], [Change::Release { .. }]));
    assert!(engine.blocks().is_empty());
}

#[test]
fn a_block_names_the_log_that_proves_it() {
    let mut engine = engine();
    let _ = attack(&mut engine, "203.0.113.7", 5);
    let network = "203.0.113.7/32".parse().unwrap();
    let outcome = engine.attach_log(network, FileHash([9; 32]).log_id());
    assert_eq!((outcome.changes.len(), outcome.records.len()), (0, 1));
    assert!(engine.blocks().get(network).unwrap().reasons[0].log.is_some());
}

#[test]
fn blocks_that_ran_out_are_forgotten() {
    let mut engine = engine();
    let _ = attack(&mut engine, "203.0.113.7", 5);
    assert_eq!(engine.expire(at(4 * 3600)).records.len(), 0);
    assert_eq!(engine.expire(at(4 * 3600 + 4)).records.len(), 1);
    assert!(engine.blocks().is_empty());
}
