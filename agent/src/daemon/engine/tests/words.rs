//! Whose words block.

use super::*;
use crate::{
    domain::{Census, Karma, Peer, PeerKey, Post},
    trust::{Attitude, Dispute, Event},
};

/// The peer with this number and karma.
fn peer(number: u8, karma: u64) -> Peer {
    Peer { key: PeerKey([number; 32]), karma: Karma(karma), ..testing::reporter() }
}

/// An engine that knows six believed peers, from 10 on, and a newcomer, 20.
fn among_strangers() -> Engine {
    let mut engine = new();
    let peers: Vec<Peer> = (10..16).map(|number| peer(number, 60)).chain([peer(20, 0)]).collect();
    let _ = engine.meet(&peers.into(), at(0));
    engine
}

/// The peer says so of these.
fn says(engine: &mut Engine, reporter: &Peer, attackers: &[&str]) -> (PostId, Outcome) {
    says_at(0, engine, reporter, attackers)
}

/// The same in this second.
fn says_at(second: i64, engine: &mut Engine, reporter: &Peer, attackers: &[&str]) -> (PostId, Outcome) {
    let attackers: Vec<(&str, usize)> = attackers.iter().map(|attacker| (*attacker, 3)).collect();
    let log = testing::log(&attackers);
    let id = PostId(FileHash::of(format!("{} {attackers:?}", reporter.key).as_bytes()).0);
    let post = Post { id, owner: reporter.key, ..testing::post(at(second)) };
    (id, engine.hear(&log, &post, reporter, at(second + 1)))
}

#[test]
fn a_stranger_alone_blocks_nobody_and_two_do() {
    let mut engine = among_strangers();
    let (first, outcome) = says(&mut engine, &peer(10, 60), &["203.0.113.7"]);
    assert!(outcome.changes.is_empty() && outcome.likes.is_empty());
    assert_eq!(engine.came_of(first), (vec![], vec![net("203.0.113.7")]));
    let (_, outcome) = says(&mut engine, &peer(11, 60), &["203.0.113.7", "203.0.113.8"]);
    assert!(matches!(&outcome.changes[..], [Change::Enforce { scope: Scope::Inbound, .. }]));
    assert!(outcome.events.contains(&Event::Blocked { network: net("203.0.113.7"), until: at(4 * HOUR) }));
    assert_eq!(engine.blocks().get(net("203.0.113.7")).unwrap().reasons.len(), 2, "every word is a reason");
    assert_eq!(engine.came_of(first).0, [net("203.0.113.7")]);
}

#[test]
fn what_this_agent_detects_itself_is_the_second_word() {
    let mut engine = among_strangers();
    let (post, _) = says(&mut engine, &peer(10, 60), &["203.0.113.7"]);
    let outcome = attack(&mut engine, "203.0.113.7", 2, 5);
    let sources: Vec<_> = engine.blocks().get(net("203.0.113.7")).unwrap().reasons;
    assert_eq!(sources.len(), 2);
    assert_eq!(outcome.likes, [post], "its reporter was right, and first");
}

#[test]
fn a_newcomer_blocks_nobody_and_is_liked_once_when_others_say_the_same() {
    let mut engine = among_strangers();
    let (post, outcome) = says(&mut engine, &peer(20, 0), &["203.0.113.7"]);
    assert!(outcome.changes.is_empty() && outcome.records.is_empty());
    let likes =
        |number: u8, engine: &mut Engine| says_at(1, engine, &peer(number, 60), &["203.0.113.7"]).1.likes;
    assert!(likes(10, &mut engine).is_empty());
    assert!(likes(11, &mut engine).contains(&post));
    assert!(!likes(12, &mut engine).contains(&post));
}

#[test]
fn a_ban_lets_go_at_once_what_only_the_banned_peer_said_beside_another_and_pins_take_one_word() {
    let mut engine = among_strangers();
    let _ = says(&mut engine, &peer(10, 60), &["203.0.113.7", "203.0.113.8"]);
    let _ = says(&mut engine, &peer(11, 60), &["203.0.113.7", "203.0.113.8"]);
    let _ = says(&mut engine, &peer(12, 60), &["203.0.113.8"]);
    let outcome = engine.regard(PeerKey([10; 32]), Some(Attitude::Banned), at(2));
    assert!(
        matches!(&outcome.changes[..], [Change::Release { network, .. }] if *network == net("203.0.113.7"))
    );
    assert_eq!(
        outcome.events,
        [
            Event::Released { network: net("203.0.113.7") },
            Event::Blocked { network: net("203.0.113.8"), until: at(4 * HOUR) }
        ]
    );
    assert_eq!(engine.blocks().len(), 1);
    let outcome = engine.regard(PeerKey([11; 32]), Some(Attitude::Pinned), at(3));
    assert!(
        matches!(&outcome.changes[..], [Change::Enforce { network, .. }] if *network == net("203.0.113.7"))
    );
}

#[test]
fn what_a_reporter_takes_back_is_let_go_and_so_is_what_rests_on_lost_karma() {
    let mut engine = among_strangers();
    let (post, _) = says(&mut engine, &peer(10, 60), &["203.0.113.7"]);
    let _ = says(&mut engine, &peer(11, 60), &["203.0.113.7"]);
    assert_eq!(engine.withdraw(post, at(2)).changes.len(), 1);
    assert!(engine.blocks().is_empty() && engine.withdraw(post, at(2)).events.is_empty());
    let _ = says(&mut engine, &peer(12, 60), &["203.0.113.7"]);
    assert_eq!(engine.blocks().len(), 1);
    let _ = says(&mut engine, &peer(20, 0), &["203.0.113.8"]);
    let peers: Vec<Peer> = (10..16).map(|number| peer(number, if number == 12 { 49 } else { 60 })).collect();
    let outcome = engine.meet(&peers.into(), at(3));
    assert!(matches!(&outcome.changes[..], [Change::Release { .. }]));
    assert!(
        outcome.events.iter().any(|event| matches!(event, Event::Learned { is: None, .. })),
        "20 is gone"
    );
}

#[test]
fn whoever_accuses_this_host_or_somebody_on_the_allowlist_is_disputed() {
    let mut engine = among_strangers();
    let (post, outcome) = says(&mut engine, &peer(10, 60), &["198.51.100.2", "203.0.113.7"]);
    let [(disputed, Dispute::Innocent { network, .. })] = &outcome.disputes[..] else {
        panic!("{outcome:?}")
    };
    assert_eq!((*disputed, *network), (post, net("198.51.100.2")));
    assert!(
        says(&mut engine, &peer(11, 60), &["192.168.1.1"]).1.disputes.is_empty(),
        "nobody is known there"
    );
}

#[test]
fn whom_the_operator_let_go_stays_free_whatever_was_said_before() {
    let mut engine = among_strangers();
    let _ = says(&mut engine, &peer(10, 60), &["203.0.113.7"]);
    let _ = says(&mut engine, &peer(11, 60), &["203.0.113.7"]);
    assert!(engine.unblock(net("203.0.113.7"), at(2)).is_some());
    let outcome = engine.settle(at(3));
    assert!(outcome.changes.is_empty() && engine.blocks().is_empty());
}

#[test]
fn what_happened_is_taken_back_after_a_restart_and_another_policy_holds_from_then_on() {
    let mut before = among_strangers();
    let mut events: Vec<Event> =
        before.docket().news(&Census::from(vec![])).into_iter().filter_map(learned_again).collect();
    for number in [10, 11] {
        events.extend(says(&mut before, &peer(number, 60), &["203.0.113.7"]).1.events);
    }
    let mut after = new();
    events.iter().for_each(|event| after.remember(event));
    assert!(after.blocks().is_empty(), "what was blocked is restored by itself");
    assert_eq!(after.settle(at(2)).blocked.len(), 2);
    assert_eq!(
        after.blocks().get(net("203.0.113.7")),
        before.blocks().get(net("203.0.113.7")).map(|mut block| {
            block.reasons.iter_mut().for_each(|reason| reason.since = at(2));
            block
        })
    );
    let _ = after.regard(PeerKey([11; 32]), Some(Attitude::Banned), at(3));
    assert!(after.blocks().is_empty());
}

/// What was forgotten, told again.
fn learned_again(event: Event) -> Option<Event> {
    let Event::Learned { peer, was, .. } = event else { return None };
    Some(Event::Learned { peer, was: None, is: was })
}
