use super::*;
use crate::blocks::reasons::MAX_OF_PEERS;

const ATTACKER: &str = "203.0.113.7/32";

fn network() -> IpNetwork {
    ATTACKER.parse().unwrap()
}

fn attacker() -> Guarded {
    guarded(ATTACKER)
}

fn enforce(scope: Scope, until: i64) -> Change {
    Change::Enforce { network: network(), scope, until: at(until) }
}

fn release(scope: Scope) -> Change {
    Change::Release { network: network(), scope }
}

fn desired(set: &BlockSet) -> Vec<Change> {
    set.desired().collect()
}

#[test]
fn a_local_reason_drops_everything_and_a_peers_reason_only_what_comes_in() {
    assert_eq!(BlockSet::new(Scope::Inbound).add(attacker(), local(0, 10)).0, [enforce(Scope::All, 10)]);
    assert_eq!(BlockSet::new(Scope::Inbound).add(attacker(), peer(1, 10)).0, [enforce(Scope::Inbound, 10)]);
    assert_eq!(BlockSet::new(Scope::All).add(attacker(), peer(1, 10)).0, [enforce(Scope::All, 10)]);
}

#[test]
fn the_expiry_is_the_latest_of_the_reasons_and_never_goes_back() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(attacker(), local(0, 100));
    assert_eq!(set.add(attacker(), local(5, 50)).0, []);
    assert_eq!(set.add(attacker(), local(6, 200)).0, [enforce(Scope::All, 200)]);
    let block = set.get(network()).unwrap();
    assert_eq!((block.since(), block.until(), block.reasons.len()), (at(0), at(200), 1));
}

#[test]
fn a_block_moves_to_the_wider_scope_before_it_leaves_the_narrower() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(attacker(), peer(1, 10));
    assert_eq!(set.add(attacker(), local(0, 10)).0, [enforce(Scope::All, 10), release(Scope::Inbound)]);
    assert_eq!(
        set.retract(network(), |origin| !is_post(1)(origin)).0,
        [enforce(Scope::Inbound, 10), release(Scope::All)]
    );
}

#[test]
fn a_peers_reason_that_outlasts_a_local_one_is_in_force_all_the_time_and_goes_on_alone() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(attacker(), peer(1, 10));
    assert_eq!(set.add(attacker(), local(0, 5)).0, [enforce(Scope::All, 5)]);
    assert_eq!(desired(&set), [enforce(Scope::All, 5), enforce(Scope::Inbound, 10)]);
    let [Gone::Reason(gone, origin)] = &set.expire(at(5), ALL)[..] else { panic!("not one reason") };
    assert_eq!((*gone, origin.class()), (network(), SourceClass::Local));
    assert_eq!(desired(&set), [enforce(Scope::Inbound, 10)]);
    assert_eq!((set.count(SourceClass::Peer), set.count(SourceClass::Local)), (1, 0));
}

#[test]
fn when_a_reason_goes_the_rest_decide() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(attacker(), peer(1, 10));
    set.add(attacker(), peer(2, 20));
    let gone = Gone::Reason(network(), peer(2, 20).origin);
    assert_eq!(set.retract(network(), is_post(2)), (vec![enforce(Scope::Inbound, 10)], vec![gone]));
    let gone = Gone::Block(network());
    assert_eq!(set.retract(network(), is_post(1)), (vec![release(Scope::Inbound)], vec![gone]));
    assert!(set.is_empty());
}

#[test]
fn retracting_what_is_not_there_changes_nothing() {
    let mut set = BlockSet::new(Scope::Inbound);
    assert_eq!(set.retract(network(), |_| true), (vec![], vec![]));
    set.add(attacker(), local(0, 10));
    assert_eq!(set.retract(network(), is_post(1)), (vec![], vec![]));
    assert_eq!(set.len(), 1);
}

#[test]
fn expired_blocks_are_forgotten_and_named() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(attacker(), local(0, 10));
    assert_eq!(set.expire(at(9), ALL), []);
    assert_eq!(set.expire(at(10), ALL), [Gone::Block(network())]);
    assert_eq!((set.len(), set.expire(at(11), ALL).len()), (0, 0));
}

#[test]
fn only_so_many_blocks_are_forgotten_at_once() {
    let mut set = BlockSet::new(Scope::Inbound);
    for last in 0..10 {
        set.add(guarded(&format!("203.0.113.{last}")), local(0, 10));
    }
    let forgotten: Vec<usize> = (0..4).map(|_| set.expire(at(10), 4).len()).collect();
    assert_eq!(forgotten, [4, 4, 2, 0]);
}

#[test]
fn when_very_many_blocks_end_soon_nobody_counts_them() {
    let mut set = BlockSet::new(Scope::Inbound);
    for last in 0..10 {
        set.add(guarded(&format!("203.0.113.{last}")), local(0, 10));
    }
    assert_eq!(set.population(at(10), 9), None);
    assert_eq!(set.population(at(10), 10), Some(vec![]));
    assert_eq!(set.expire(at(10), ALL).len(), 10, "counting forgets nothing");
}

#[test]
fn a_network_that_is_noted_twice_does_not_hide_others_that_end_soon() {
    let mut set = BlockSet::new(Scope::Inbound);
    for last in 0..10 {
        set.add(guarded(&format!("203.0.113.{last}")), local(0, 20));
    }
    // It ends sooner at first, and stands in the agenda a second time once it is put back.
    set.add(guarded("203.0.113.0"), peer(1, 5));
    assert_eq!(set.expire(at(5), ALL).len(), 1);
    assert_eq!(set.population(at(20), 9), None);
    assert_eq!(set.population(at(20), 11), Some(vec![]));
}

#[test]
fn networks_around_within_and_at_a_network_overlap_it_and_neighbours_do_not() {
    let mut set = BlockSet::new(Scope::Inbound);
    let all = [
        "203.0.112.0/23",
        "203.0.113.0/24",
        "203.0.113.0/25",
        "203.0.113.7",
        "203.0.114.0/24",
        "203.0.112.7",
    ];
    for network in all {
        set.add(guarded(network), local(0, 10));
    }
    let overlapping = |network: &str| set.overlapping(network.parse().unwrap()).len();
    assert_eq!(overlapping("203.0.113.0/24"), 4);
    assert_eq!(overlapping("203.0.113.7"), 4);
    assert_eq!(overlapping("203.0.113.200"), 2);
    assert_eq!(overlapping("198.51.100.0/24"), 0);
}

#[test]
fn when_the_clock_is_set_a_block_lasts_as_long_as_it_was_to_last() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(attacker(), local(0, 10));
    for step in [3600, -7200] {
        set.clock_set(seconds(step));
    }
    assert_eq!(desired(&set), [enforce(Scope::All, 10 - 3600)]);
    assert_eq!(set.add(attacker(), local(-3600, 10 - 3600)).0, [], "the same once more");
    assert_eq!(set.expire(at(9 - 3600), ALL), []);
    assert_eq!(set.expire(at(10 - 3600), ALL), [Gone::Block(network())]);
}

#[test]
fn an_address_is_covered_by_every_network_around_it() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(attacker(), local(0, 10));
    set.add(guarded("203.0.113.0/24"), local(0, 10));
    let found: Vec<String> =
        set.covering("203.0.113.7".parse().unwrap()).map(|block| block.network.to_string()).collect();
    assert_eq!(found, ["203.0.113.7/32", "203.0.113.0/24"]);
    assert_eq!(set.covering("203.0.114.7".parse().unwrap()).count(), 0);
}

#[test]
fn blocks_come_in_the_order_of_their_networks_also_page_by_page() {
    let networks = ["2001:db8::/64", "203.0.113.10/32", "203.0.113.9/32", "198.51.100.0/24"];
    let mut set = BlockSet::new(Scope::Inbound);
    for network in networks {
        set.add(guarded(network), local(0, 10));
    }
    let all: Vec<IpNetwork> = set.iter().map(|block| block.network).collect();
    assert_eq!(
        all,
        ["198.51.100.0/24", "203.0.113.9/32", "203.0.113.10/32", "2001:db8::/64"]
            .map(|network| { network.parse::<IpNetwork>().unwrap() })
    );
    let behind: Vec<IpNetwork> = set.page(Some(all[1])).map(|block| block.network).collect();
    assert_eq!(behind, all[2..]);
    let gap = set.page(Some("203.0.113.8/32".parse().unwrap())).next().unwrap();
    assert_eq!(gap.network, all[1], "a page may begin behind a block that is gone");
}

#[test]
fn a_mapped_address_is_the_ipv4_address_that_it_is() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(guarded("::ffff:203.0.113.7"), local(0, 10));
    assert!(set.contains(network()) && set.contains("::ffff:203.0.113.7".parse().unwrap()));
}

#[test]
fn origins_of_blocks_that_are_gone_do_not_pile_up() {
    let mut origins = origins::Origins::default();
    let kept = origins.shared(manual("kept", 10).origin);
    for comment in 0..10_000 {
        let _ = origins.shared(manual(&comment.to_string(), 10).origin);
    }
    assert!(origins.len() < 2_000, "{} origins", origins.len());
    assert!(Arc::ptr_eq(&origins.shared(manual("kept", 10).origin), &kept));
}

#[test]
fn a_reason_takes_forty_bytes() {
    assert_eq!(size_of::<reasons::Reasons>(), 40);
}

#[test]
fn of_peers_a_block_keeps_so_many_reasons_and_those_that_end_first_go() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(attacker(), local(0, 1));
    let most = u8::try_from(MAX_OF_PEERS).unwrap();
    for post in 1..=most {
        assert_eq!(set.add(attacker(), peer(post, 100 + i64::from(post))).1, None);
    }
    let gone = |post| Some(Gone::Reason(network(), peer(post, 0).origin));
    assert_eq!(set.add(attacker(), peer(200, 300)), (vec![enforce(Scope::Inbound, 300)], gone(1)));
    assert_eq!(set.add(attacker(), peer(201, 50)), (vec![], gone(201)), "the new one would end first");
    assert_eq!(set.add(attacker(), peer(2, 400)).1, None, "it is there already");
    set.add(attacker(), manual("mine", 1));
    let block = set.get(network()).unwrap();
    assert_eq!((block.reasons.len(), block.until()), (MAX_OF_PEERS + 2, at(400)));
}

#[test]
fn a_block_ends_with_its_last_reason() {
    let mut set = BlockSet::new(Scope::Inbound);
    set.add(attacker(), local(0, 10));
    set.add(attacker(), peer(1, 20));
    assert_eq!(
        [at(0), at(19), at(20)].map(|now| set.end(network(), now)),
        [Some(at(20)), Some(at(20)), None]
    );
}
