use std::net::Ipv4Addr;

use super::*;
use crate::{
    blocks::BlockSet,
    control::{Expiry, Filter},
    daemon::engine::testing::{self, at},
    domain::{FileHash, Karma, Origin, PeerKey, PostId, Reason, Scope, SourceClass},
};

const HOUR: i64 = 3600;

fn network(text: &str) -> IpNetwork {
    text.parse().unwrap()
}

/// An engine with blocks of 4 h on a host at 198.51.100.2.
pub(in crate::daemon::answer) fn engine() -> Engine {
    testing::engine(BlockSet::new(Scope::Inbound))
}

pub(in crate::daemon::answer) fn of_peer(peer: u8, since: i64) -> Reason {
    let origin = Origin::Peer {
        post: PostId([peer; 32]),
        reporter: PeerKey([peer; 32]),
        karma: Karma(60),
        file_hash: FileHash([3; 32]),
    };
    let origin = origin.into();
    Reason { origin, events: 4, log: None, since: at(since), until: at(since + HOUR) }
}

fn by_hand(comment: u32) -> Reason {
    let origin = Origin::Manual { comment: comment.to_string() }.into();
    Reason { origin, events: 0, log: None, since: at(0), until: at(HOUR) }
}

fn blocked() -> Engine {
    let mut engine = engine();
    for (text, reason) in [
        ("2001:db8::/64", by_hand(0)),
        ("203.0.113.9", of_peer(1, 60)),
        ("203.0.113.0/24", of_peer(2, 0)),
        ("192.0.2.7", by_hand(0)),
    ] {
        engine.restore(network(text), reason).unwrap();
    }
    engine
}

fn shown(engine: &Engine, query: &BlockQuery) -> (Vec<String>, Option<IpNetwork>) {
    let (views, next) = page(ahead(engine.blocks(), query), query);
    (views.iter().map(|view| view.network.to_string()).collect(), next)
}

fn meant(filter: Filter) -> Vec<String> {
    shown(&blocked(), &BlockQuery { filter, after: None, limit: MAX_PAGE }).0
}

#[test]
fn pages_follow_each_other_in_the_order_of_the_networks_and_leave_nothing_out() {
    let engine = blocked();
    let mut query = BlockQuery { limit: 3, ..BlockQuery::default() };
    let (first, next) = shown(&engine, &query);
    assert_eq!(first, ["192.0.2.7/32", "203.0.113.0/24", "203.0.113.9/32"]);
    query.after = next;
    assert_eq!(shown(&engine, &query), (vec!["2001:db8::/64".to_owned()], None));
    // A page that holds all of it has nothing behind it.
    assert_eq!(shown(&engine, &BlockQuery { limit: 4, ..BlockQuery::default() }).1, None);
}

#[test]
fn blocks_with_more_reasons_than_fit_still_come_one_by_one() {
    let mut engine = engine();
    for text in ["192.0.2.7", "192.0.2.8"] {
        let count = u32::try_from(MAX_PAGE).unwrap();
        (0..=count).for_each(|comment| engine.restore(network(text), by_hand(comment)).unwrap());
    }
    let mut query = BlockQuery { limit: MAX_PAGE, ..BlockQuery::default() };
    let (first, next) = shown(&engine, &query);
    assert_eq!(first, ["192.0.2.7/32"]);
    query.after = next;
    assert_eq!(shown(&engine, &query), (vec!["192.0.2.8/32".to_owned()], None));
}

#[test]
fn a_page_ends_early_where_many_blocks_are_passed_over() {
    let number = |number: usize| network(&Ipv4Addr::from(u32::try_from(number).unwrap()).to_string());
    let blocks: Vec<Block> =
        (0..=MAX_LOOKED_AT).map(|at| Block { network: number(at), reasons: vec![by_hand(0)] }).collect();
    let filter = Filter { source: Some(SourceClass::Local), ..Filter::default() };
    let query = BlockQuery { filter, after: None, limit: 1 };
    assert_eq!(page(blocks.iter().cloned(), &query), (vec![], Some(number(MAX_LOOKED_AT - 1))));
    assert_eq!(page(blocks[MAX_LOOKED_AT..].iter().cloned(), &query), (vec![], None));
}

#[test]
fn filters_say_which_blocks_are_meant() {
    let peer = |key| Some(PeerKey([key; 32]));
    assert_eq!(meant(Filter { source: Some(SourceClass::Manual), ..Filter::default() }).len(), 2);
    assert_eq!(meant(Filter { peer: peer(1), ..Filter::default() }), ["203.0.113.9/32"]);
    assert_eq!(meant(Filter { not_before: Some(at(60)), ..Filter::default() }), ["203.0.113.9/32"]);
    assert_eq!(
        meant(Filter { before: Some(at(60)), peer: peer(2), ..Filter::default() }),
        ["203.0.113.0/24"]
    );
    let within = Filter { within: Some(network("203.0.113.0/25")), ..Filter::default() };
    assert_eq!(meant(within), ["203.0.113.9/32"]);
    let covering = Filter { covering: Some("203.0.113.9".parse().unwrap()), ..Filter::default() };
    assert_eq!(meant(covering), ["203.0.113.0/24", "203.0.113.9/32"]);
}

fn entry(text: &str, expiry: Option<Expiry>) -> Entry {
    Entry { network: network(text), expiry, comment: String::new() }
}

#[test]
fn an_entry_is_blocked_until_the_very_moment_it_names() {
    let mut engine = engine();
    let mut until = |entry| {
        block_one(&mut engine, entry, None, at(0), &mut Outcome::default()).map(|enforced| enforced.until)
    };
    assert_eq!(until(entry("203.0.113.7", None)), Ok(at(4 * HOUR)));
    assert_eq!(until(entry("203.0.113.8", Some(Expiry::In(90)))), Ok(at(90)));
    assert_eq!(until(entry("203.0.113.9", Some(Expiry::At(at(7777))))), Ok(at(7777)));
    assert!(until(entry("203.0.113.10", Some(Expiry::At(at(-1))))).unwrap_err().contains("run out"));
}

#[test]
fn nobody_locks_out_the_session_they_are_in() {
    let mut engine = engine();
    let session = Some("203.0.113.9".parse().unwrap());
    let mut block = |text| block_one(&mut engine, entry(text, None), session, at(0), &mut Outcome::default());
    for text in ["203.0.113.9", "203.0.113.0/24", "::ffff:203.0.113.9"] {
        let why = block(text).unwrap_err();
        assert!(why.contains("somebody is logged in from 203.0.113.9"), "{why}");
    }
    assert!(block("203.0.113.10").is_ok());
}

#[test]
fn a_trial_says_the_same_as_the_real_thing_and_blocks_nothing() {
    let mut engine = engine();
    for text in ["203.0.113.7", "198.51.100.2", "0.0.0.0/0"] {
        let judged = judge(&engine, entry(text, None), None, at(0));
        assert!(engine.blocks().get(network(text)).is_none());
        let done = block_one(&mut engine, entry(text, None), None, at(0), &mut Outcome::default());
        assert_eq!(judged, done, "{text}");
        assert_eq!(done.is_ok(), text == "203.0.113.7");
    }
}
