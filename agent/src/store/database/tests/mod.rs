use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use super::*;
use crate::{
    domain::{FileHash, Karma, Offence, Origin, PeerKey, Post, PostId, Reason},
    record::{ClockStep, Outgoing, PostRecord, PostState, Receipt, Record, Witness},
};

mod durability;
mod failures;
mod migration;
mod prune;
mod refusals;
mod trust;
mod usage;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn manual(comment: &str, until: i64) -> Reason {
    let origin = Origin::Manual { comment: comment.into() }.into();
    Reason { origin, events: 0, log: None, since: at(0), until: at(until) }
}

fn post_record(id: u8, seen: i64) -> PostRecord {
    let post = Post {
        id: PostId([id; 32]),
        owner: PeerKey([2; 32]),
        log_url: "https://peer-a.example/logs/00".into(),
        file_hash: FileHash([4; 32]),
        timestamp: at(0),
        likes: 0,
        disputes: 0,
        retracted: false,
        cycle: 0,
        mirrors: vec![],
    };
    let belief = crate::trust::Belief::Karma { karma: Karma(60), needed: Karma(50) };
    let state = PostState::Applied {
        belief,
        blocked: vec!["203.0.113.7/32".parse().unwrap()],
        refused: vec![],
        waiting: vec![],
    };
    PostRecord { post, seen: at(seen), state, liked: false, disputed: None, is_dispute_queued: false }
}

async fn all_of<T: Send + 'static>(mut chunks: Chunks<T>) -> Vec<T> {
    let mut rows = Vec::new();
    while let Some(chunk) = chunks.next().await {
        rows.extend(chunk.unwrap());
    }
    rows
}

/// The thread of a dropped handle lets go of the file a moment later.
async fn reopen(path: &Path) -> Database {
    for _ in 0..200 {
        match Database::open(path) {
            Err(DatabaseError::InUse { .. }) => {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await
            }
            other => return other.unwrap(),
        }
    }
    panic!("the database stayed locked");
}

/// What another program sees in the file.
fn number(path: &Path, sql: &str) -> i64 {
    let connection = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn what_was_recorded_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let network = "203.0.113.7/32".parse().unwrap();
    let offence = Offence { strikes: 3, until: at(9) };
    {
        let database = Database::open(&path).unwrap();
        let outgoing = Outgoing::Publish {
            log_url: "https://peer-a.example/logs/00".parse().unwrap(),
            file_hash: FileHash([4; 32]),
        };
        let records = vec![
            Record::Reason(network, manual("mine", 10)),
            Record::Offence(network, offence),
            Record::Post(Box::new(post_record(1, 5))),
            Record::Liked(PostId([1; 32])),
            Record::Position { source: "auth.log".into(), position: "{\"offset\":7}".into() },
            Record::Outgoing(outgoing),
        ];
        database.record(records).durable().await.unwrap();
    }
    let database = reopen(&path).await;
    assert_eq!(all_of(database.reasons(at(1))).await, [(network, manual("mine", 10))]);
    assert_eq!(all_of(database.offences()).await, [(network, offence)]);
    let post = PostRecord { liked: true, ..post_record(1, 5) };
    assert_eq!(database.post(PostId([1; 32])).await.unwrap(), Some(post.clone()));
    assert_eq!(database.posts_of_log(FileHash([4; 32]).log_id()).await.unwrap(), [post]);
    assert_eq!(database.position("auth.log".into()).await.unwrap().unwrap(), "{\"offset\":7}");
    let outbox = database.outbox(0, 10).await.unwrap();
    assert!(database.outbox(outbox[0].0, 10).await.unwrap().is_empty());
    database.record(vec![Record::OutgoingDone(outbox[0].0)]).durable().await.unwrap();
    assert_eq!((outbox.len(), database.waiting().await.unwrap()), (1, 0));
}

#[tokio::test]
async fn a_reason_given_again_replaces_itself_and_origins_go_with_the_last_reason_that_uses_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let database = Database::open(&path).unwrap();
    let (first, second) = ("203.0.113.7/32".parse().unwrap(), "2001:db8:1::/64".parse().unwrap());
    let longer = manual("mine", 20);
    let records = vec![
        Record::Reason(first, manual("mine", 10)),
        Record::Reason(first, longer.clone()),
        Record::Reason(second, longer.clone()),
        Record::Reason(second, manual("other", 10)),
    ];
    database.record(records).durable().await.unwrap();
    let stored = all_of(database.reasons(at(0))).await;
    assert_eq!(stored.len(), 3);
    assert!(stored.contains(&(first, longer.clone())));
    assert_eq!(number(&path, "SELECT sum(uses) * 10 + count(*) FROM origins"), 32);

    database.record(vec![Record::ReasonGone(second, manual("other", 0).origin)]).durable().await.unwrap();
    database.record(vec![Record::BlockGone(first)]).durable().await.unwrap();
    assert_eq!(all_of(database.reasons(at(0))).await, [(second, longer.clone())]);
    assert_eq!(number(&path, "SELECT sum(uses) * 10 + count(*) FROM origins"), 11);
    database.record(vec![Record::BlockGone(second)]).durable().await.unwrap();
    database.record(vec![Record::Reason(first, longer.clone())]).durable().await.unwrap();
    assert_eq!(all_of(database.reasons(at(0))).await, [(first, longer)]);
}

#[tokio::test]
async fn of_all_reasons_those_can_be_read_that_have_ended_and_those_that_have_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let database = Database::open(&path).unwrap();
    let network = |i: u32| std::net::IpAddr::from(std::net::Ipv4Addr::from(i)).into();
    let records = (0..25_000).map(|i| Record::Reason(network(i), manual("old", 10 + i64::from(i) % 2)));
    database.record(records.collect()).durable().await.unwrap();
    assert_eq!(all_of(database.reasons(at(10))).await.len(), 12_500);
    assert_eq!(all_of(database.reasons(at(9))).await.len(), 25_000);
    let ended = all_of(database.ended_reasons(at(10))).await;
    assert_eq!((ended.len(), ended.iter().all(|(_, reason)| reason.until == at(10))), (12_500, true));
    assert_eq!(all_of(database.ended_reasons(at(9))).await.len(), 0);
}

#[tokio::test]
async fn when_the_clock_is_set_times_move_except_those_of_what_was_over_before() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let (over, alive) = ("203.0.113.7/32".parse().unwrap(), "203.0.113.8/32".parse().unwrap());
    let step = ClockStep { by: SignedDuration::from_secs(-100), alive: at(20) };
    let records = vec![
        Record::Reason(over, manual("a", 20)),
        Record::Reason(alive, manual("a", 21)),
        Record::ClockSet(step),
    ];
    database.record(records).durable().await.unwrap();
    let ends: Vec<_> = all_of(database.reasons(Timestamp::MIN)).await;
    let ends: Vec<_> = ends.into_iter().map(|(network, reason)| (network, reason.until)).collect();
    assert_eq!(ends, [(over, at(20)), (alive, at(-79))]);
}

#[tokio::test]
async fn reasons_of_one_network_follow_each_other_and_share_their_origins() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let (first, second) = ("203.0.113.7/32".parse().unwrap(), "203.0.113.9/32".parse().unwrap());
    let records = [first, second].into_iter().flat_map(|network| {
        [Record::Reason(network, manual("a", 10)), Record::Reason(network, manual("b", 10))]
    });
    database.record(records.collect()).durable().await.unwrap();
    let stored = all_of(database.reasons(at(0))).await;
    let networks: Vec<_> = stored.iter().map(|(network, _)| *network).collect();
    assert_eq!(networks, [first, first, second, second]);
    assert!(std::sync::Arc::ptr_eq(&stored[0].1.origin, &stored[2].1.origin));
}

#[tokio::test]
async fn the_newest_posts_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let database = Database::open(&path).unwrap();
    let records = vec![Record::Post(Box::new(post_record(1, 5))), Record::Post(Box::new(post_record(2, 6)))];
    database.record(records).durable().await.unwrap();
    let ids: Vec<PostId> =
        database.posts(10).await.unwrap().into_iter().map(|record| record.post.id).collect();
    assert_eq!(ids, [PostId([2; 32]), PostId([1; 32])]);
    assert_eq!(database.posts(1).await.unwrap().len(), 1);
    let owner = PeerKey([2; 32]);
    let sql = format!("SELECT count(*) FROM posts WHERE owner = '{owner}' AND verdict = 'applied'");
    assert_eq!(number(&path, &sql), 2);
}

#[tokio::test]
async fn a_receipt_outlives_its_log_and_says_whose_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let from = Witness::Peer { reporter: PeerKey([2; 32]), post: PostId([1; 32]) };
    let receipt = Receipt {
        file_hash: FileHash([4; 32]),
        bytes: 57,
        attacker_count: 3,
        stored: at(1),
        from,
        evicted: None,
    };
    let own = Receipt { file_hash: FileHash([5; 32]), from: Witness::Own, ..receipt.clone() };
    let records = vec![Record::LogStored(receipt.clone()), Record::LogStored(own.clone())];
    database.record(records).durable().await.unwrap();
    database.record(vec![Record::LogEvicted { id: receipt.log(), at: at(7) }]).durable().await.unwrap();

    let evicted = Receipt { evicted: Some(at(7)), ..receipt.clone() };
    assert_eq!(database.receipt(receipt.log()).await.unwrap(), Some(evicted));
    assert_eq!(database.receipt(own.log()).await.unwrap(), Some(own.clone()));
    assert_eq!(database.held_logs().await.unwrap(), [own.log()]);

    let again = Receipt { stored: at(9), from: Witness::Own, ..receipt.clone() };
    database.record(vec![Record::LogStored(again)]).durable().await.unwrap();
    let held = Receipt { stored: at(9), ..receipt.clone() };
    assert_eq!(database.receipt(receipt.log()).await.unwrap(), Some(held));
}

#[tokio::test]
async fn the_allowlist_keeps_one_entry_a_target() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let entry = |target: &str, comment: &str| AllowEntry {
        target: target.parse().unwrap(),
        comment: comment.into(),
        since: at(3),
    };
    for AllowEntry { target, comment, since } in
        [entry("vpn.example", "office"), entry("192.0.2.0/24", ""), entry("vpn.example", "new office")]
    {
        database.record(vec![Record::Allowed { target, comment, since }]).durable().await.unwrap();
    }
    assert_eq!(
        database.allowlist().await.unwrap(),
        [entry("192.0.2.0/24", ""), entry("vpn.example", "new office")]
    );
    database.record(vec![Record::Disallowed("vpn.example".parse().unwrap())]).durable().await.unwrap();
    assert_eq!(database.allowlist().await.unwrap(), [entry("192.0.2.0/24", "")]);
}

#[tokio::test]
async fn the_file_can_be_looked_into_while_the_agent_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let database = Database::open(&path).unwrap();
    let network = "203.0.113.7/32".parse().unwrap();
    database.record(vec![Record::Reason(network, manual("mine", 10))]).durable().await.unwrap();
    let documented = include_str!("../mod.rs").lines().filter_map(|line| line.split_once("SELECT * FROM "));
    let views: Vec<&str> = documented.filter_map(|(_, view)| view.split('\'').next()).collect();
    let all = number(&path, "SELECT count(*) FROM sqlite_master WHERE type = 'view'");
    assert_eq!(i64::try_from(views.len()), Ok(all), "the documentation of this module names every view");
    for view in views {
        let rows = number(&path, &format!("SELECT count(*) FROM {view}"));
        assert_eq!(rows, i64::from(view.starts_with("block")), "{view}");
    }
    let shown = "SELECT until = '2026-11-18 11:06:50' FROM blocks WHERE network = '203.0.113.7/32'";
    assert_eq!(number(&path, shown), 1);
}
