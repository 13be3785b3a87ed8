use std::sync::Arc;

use super::*;
use crate::{
    domain::{FileHash, Karma, PeerKey, PostId, SourceClass},
    guard::Guard,
};

fn network() -> IpNetwork {
    "203.0.113.7/32".parse().unwrap()
}

fn guarded() -> Guarded {
    Guard::default().check(network(), SourceClass::Local).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn local(since: i64, until: i64) -> Reason {
    let origin = Arc::new(Origin::Local { detector: "sshd-bruteforce".into(), service: "sshd".into() });
    Reason { origin, events: 5, log: None, since: at(since), until: at(until) }
}

fn peer(post: u8, until: i64) -> Reason {
    let origin = Arc::new(Origin::Peer {
        post: PostId([post; 32]),
        reporter: PeerKey([9; 32]),
        karma: Karma(100),
        file_hash: FileHash([3; 32]),
    });
    Reason { origin, events: 4, log: None, since: at(0), until: at(until) }
}

fn enforce(scope: Scope, until: i64) -> Change {
    Change::Enforce { network: network(), scope, until: at(until) }
}

fn release(scope: Scope) -> Change {
    Change::Release { network: network(), scope }
}

fn is_post(post: u8) -> impl Fn(&Origin) -> bool {
    move |origin| matches!(origin, Origin::Peer { post: id, .. } if *id == PostId([post; 32]))
}

#[test]
fn a_local_reason_drops_everything_and_a_peers_reason_only_what_comes_in() {
    assert_eq!(BlockSet::new(Scope::Inbound).add(guarded(), local(0, 10)), [enforce(Scope::All, 10)]);
    assert_eq!(BlockSet::new(Scope::Inbound).add(guarded(), peer(1, 10)), [enforce(Scope::Inbound, 10)]);
    assert_eq!(BlockSet::new(Scope::All).add(guarded(), peer(1, 10)), [enforce(Scope::All, 10)]);
}

#[test]
fn the_expiry_is_the_latest_of_the_reasons_and_never_goes_back() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(guarded(), local(0, 100));
    assert_eq!(set.add(guarded(), local(5, 50)), []);
    assert_eq!(set.add(guarded(), local(6, 200)), [enforce(Scope::All, 200)]);
    let block = set.get(network()).unwrap();
    assert_eq!((block.since(), block.until(), block.reasons.len()), (at(0), at(200), 1));
}

#[test]
fn a_block_moves_to_the_wider_scope_before_it_leaves_the_narrower() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(guarded(), peer(1, 10));
    assert_eq!(set.add(guarded(), local(0, 5)), [enforce(Scope::All, 10), release(Scope::Inbound)]);
}

#[test]
fn when_a_reason_goes_the_rest_decide() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(guarded(), peer(1, 10));
    set.add(guarded(), peer(2, 20));
    assert_eq!(set.retract(network(), is_post(2)), [enforce(Scope::Inbound, 10)]);
    assert_eq!(set.retract(network(), is_post(1)), [release(Scope::Inbound)]);
    assert!(set.is_empty());
}

#[test]
fn retracting_what_is_not_there_changes_nothing() {
    let mut set = BlockSet::new(Scope::Inbound);
    assert_eq!(set.retract(network(), |_| true), []);
    assert!(set.is_empty());
}

#[test]
fn expired_blocks_are_forgotten_and_named() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(guarded(), local(0, 10));
    assert_eq!(set.expire(at(9)), []);
    assert_eq!(set.expire(at(10)), [network()]);
    assert_eq!((set.len(), set.expire(at(11)).len()), (0, 0));
}

#[test]
fn an_address_is_covered_by_every_network_around_it() {
    let mut set = BlockSet::new(Scope::Inbound);
    let wide = Guard::default().check("203.0.113.0/24".parse().unwrap(), SourceClass::Manual).unwrap();
    set.add(guarded(), local(0, 10));
    set.add(wide, local(0, 10));
    let found: Vec<String> =
        set.covering("203.0.113.7".parse().unwrap()).map(|block| block.network.to_string()).collect();
    assert_eq!(found, ["203.0.113.7/32", "203.0.113.0/24"]);
    assert_eq!(set.covering("203.0.114.7".parse().unwrap()).count(), 0);
}
