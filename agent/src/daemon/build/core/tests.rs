#![allow(clippy::unwrap_used)]

use std::path::Path;

use ipnetwork::IpNetwork;
use jiff::SignedDuration;

use super::*;
use crate::{
    blocks::BlockSet,
    daemon::engine::testing,
    domain::{Block, Census, FileHash, Karma, Origin, Peer, PeerKey, PostId, Reason},
    guard::Protected,
    store::database::{path_in, testing::of_version},
    trust::{Attitude, Decision},
};

const ANNA: u8 = 2;
const BERT: u8 = 3;
/// Named by Anna alone, by both besides this agent itself, by Bert alone, and by the operator.
const NETWORKS: [&str; 4] = ["203.0.113.1/32", "203.0.113.2/32", "2001:db8::/64", "203.0.113.4/32"];

/// When both had posted, in whole seconds as the ledger has it.
fn posted() -> Timestamp {
    let hour_ago = Timestamp::now() - SignedDuration::from_hours(1);
    Timestamp::from_second(hour_ago.as_second()).unwrap()
}

fn network(number: usize) -> IpNetwork {
    NETWORKS[number].parse().unwrap()
}

fn word(reporter: u8) -> Origin {
    let (post, file_hash) = (PostId([reporter + 10; 32]), FileHash([reporter + 20; 32]));
    Origin::Peer { post, reporter: PeerKey([reporter; 32]), karma: Karma(60), file_hash }
}

/// The blocks that were in force.
fn reasons(posted: Timestamp) -> Vec<(IpNetwork, Reason)> {
    let local = Origin::Local { detector: "sshd-bruteforce".into(), service: "sshd".into(), claimed: false };
    let manual = Origin::Manual { comment: String::new() };
    let reason = |number, origin: Origin, events| {
        let (since, until) = (posted + SignedDuration::from_mins(1), posted + SignedDuration::from_hours(4));
        (network(number), Reason { origin: origin.into(), events, log: None, since, until })
    };
    vec![
        reason(0, word(ANNA), 5),
        reason(1, word(ANNA), 7),
        reason(1, word(BERT), 6),
        reason(1, local, 9),
        reason(2, word(BERT), 4),
        reason(3, manual, 0),
    ]
}

/// A file as version 8 wrote it, which knew no words yet, with these blocks in force.
fn version_8(path: &Path, posted: Timestamp) {
    let post = |reporter: u8| {
        let Origin::Peer { post, reporter, file_hash, .. } = word(reporter) else { unreachable!() };
        let seen = posted + SignedDuration::from_secs(1);
        let record = format!(
            r#"{{"post":{{"id":"{post}","owner":"{reporter}","log_url":"https://peer.example:9000/logs/00","file_hash":"{file_hash}","timestamp":"{posted}","likes":0,"cycle":0,"mirrors":[]}},"seen":"{seen}","verdict":"applied","belief":{{"because":"karma","karma":60,"needed":50}},"blocked":[],"refused":[],"liked":true}}"#
        );
        format!("INSERT INTO posts VALUES ('{post}', {}, '{record}');", seen.as_millisecond())
    };
    let reason = |(network, reason): (IpNetwork, Reason)| {
        let origin = serde_json::to_string(&*reason.origin).unwrap();
        let (events, since, until) =
            (reason.events, reason.since.as_millisecond(), reason.until.as_millisecond());
        format!(
            "INSERT OR IGNORE INTO origins (origin) VALUES ('{origin}');
             INSERT INTO reasons SELECT '{network}', id, {events}, NULL, {since}, {until} FROM origins WHERE origin = '{origin}';"
        )
    };
    let posts = [ANNA, BERT].map(post).concat();
    of_version(8, path, &(posts + &reasons(posted).into_iter().map(reason).collect::<String>()));
}

/// An agent's engine with what the file remembers.
async fn restarted(path: &Path) -> Engine {
    let database = Database::open(path).unwrap();
    let mut engine = engine(&Settings::default(), Guard::new(Protected::default()), PeerKey([9; 32]));
    let back = |network, reason| engine.restore(network, reason);
    let _ = restore(&database, back).await.unwrap();
    restore_offences(&mut engine, &database).await.unwrap();
    restore_trust(&mut engine, &database).await.unwrap();
    engine
}

fn blocks(engine: &Engine) -> Vec<Block> {
    engine.blocks().page(None).collect()
}

/// The networks that are blocked on a peer's word, as numbers.
fn on_words(engine: &Engine) -> Vec<usize> {
    let is_of_peer = |reason: &Reason| matches!(&*reason.origin, Origin::Peer { .. });
    let is_held = |number: &usize| {
        engine.blocks().get(network(*number)).is_some_and(|block| block.reasons.iter().any(is_of_peer))
    };
    (0..NETWORKS.len()).filter(is_held).collect()
}

#[tokio::test]
async fn blocks_of_a_version_that_wrote_down_no_words_stay_as_they_are_and_can_be_ruled_on() {
    let folder = tempfile::tempdir().unwrap();
    let (path, posted, now) = (path_in(folder.path()), posted(), Timestamp::now());
    version_8(&path, posted);
    let mut expected = testing::engine(BlockSet::new(Settings::default().block.peers));
    for (network, reason) in reasons(posted) {
        expected.restore(network, reason).unwrap();
    }
    let mut engine = restarted(&path).await;
    assert_eq!(blocks(&engine), blocks(&expected));

    let peer = |key: u8| Peer { key: PeerKey([key; 32]), ..testing::reporter() };
    let friends = Census::from(vec![peer(ANNA), peer(BERT)]);
    for outcome in [engine.settle(now), engine.meet(&friends, now), engine.settle(now)] {
        assert!(outcome.changes.is_empty() && outcome.records.is_empty(), "{outcome:?}");
    }
    assert_eq!(blocks(&engine), blocks(&expected));
    for number in 0..3 {
        let ruling = engine.docket().ruling(network(number));
        let until = posted + SignedDuration::from_hours(4);
        assert_eq!(ruling.decision, Decision::Block { last: posted, until });
        assert_eq!(ruling.proof().count(), if number == 1 { 2 } else { 1 });
    }

    let _ = engine.regard(PeerKey([ANNA; 32]), Some(Attitude::Banned), now);
    assert_eq!(on_words(&engine), [1, 2], "what only Anna said is let go");
    let strangers: Vec<Peer> = (100..105).map(peer).chain(friends.agreed).collect();
    let _ = engine.meet(&strangers.into(), now);
    assert!(on_words(&engine).is_empty(), "among strangers Bert's word alone is not enough");
    assert!(engine.blocks().get(network(1)).is_some(), "this agent saw it itself");
    assert!(engine.blocks().get(network(3)).is_some(), "the operator's blocks are nobody's word");
}
