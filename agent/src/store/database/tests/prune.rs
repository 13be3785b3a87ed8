//! What is too old to matter goes; what something rests on stays.

use super::*;
use crate::trust::Dispute;

#[tokio::test]
async fn old_posts_go_unless_a_reason_or_a_receipt_rests_on_them() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let with_hash = |id: u8, seen: i64| {
        let mut record = post_record(id, seen);
        record.post.file_hash = FileHash([id; 32]);
        record
    };
    let origin = Origin::Peer {
        post: PostId([2; 32]),
        reporter: PeerKey([2; 32]),
        karma: Karma(60),
        file_hash: FileHash([2; 32]),
    };
    let reason = Reason { origin: origin.into(), ..manual("", 10) };
    let from = Witness::Peer { reporter: PeerKey([2; 32]), post: PostId([3; 32]) };
    let receipt = Receipt {
        file_hash: FileHash([3; 32]),
        bytes: 57,
        attacker_count: 3,
        stored: at(1),
        from,
        evicted: None,
    };
    let mut records: Vec<Record> =
        [(1, 5), (2, 5), (3, 5), (4, 7)].map(|(id, seen)| Record::Post(Box::new(with_hash(id, seen)))).into();
    records.extend((10..=255).map(|id| Record::Post(Box::new(with_hash(id, 6)))));
    records.push(Record::Reason("203.0.113.7/32".parse().unwrap(), reason));
    records.push(Record::LogStored(receipt));
    database.record(records).durable().await.unwrap();
    database.prune_posts(at(7)).await.unwrap();
    let mut left: Vec<u8> =
        database.posts(1000).await.unwrap().into_iter().map(|record| record.post.id.0[0]).collect();
    left.sort_unstable();
    assert_eq!(left, [2, 3, 4]);
}

#[tokio::test]
async fn a_receipt_goes_long_after_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let database = Database::open(&path).unwrap();
    let receipt = |number: u32| {
        let file_hash = FileHash::of(&number.to_be_bytes());
        Receipt { file_hash, bytes: 57, attacker_count: 3, stored: at(1), from: Witness::Own, evicted: None }
    };
    let stored = (0..2503).map(|number| Record::LogStored(receipt(number)));
    let evicted = (0..2502).map(|number| {
        let at = at(if number == 0 { 7 } else { 6 });
        Record::LogEvicted { id: receipt(number).log(), at }
    });
    database.record(stored.chain(evicted).collect()).durable().await.unwrap();
    database.prune_receipts(at(7)).await.unwrap();
    assert_eq!(number(&path, "SELECT count(*) FROM receipts"), 2);
    assert!(database.receipt(receipt(0).log()).await.unwrap().is_some(), "evicted lately");
    assert!(database.receipt(receipt(2502).log()).await.unwrap().is_some(), "still held");
}

#[tokio::test]
async fn positions_that_are_written_again_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let database = Database::open(&path).unwrap();
    let position = |source: &str| Record::Position { source: source.into(), position: "{}".into() };
    database.record(vec![position("/var/log/a"), position("/var/log/b")]).durable().await.unwrap();
    let soon = Timestamp::now() + SignedDuration::from_secs(10);
    let quiet = |before, after: &str| database.quiet_sources(before, after.to_owned());
    assert_eq!(quiet(soon, "").await.unwrap(), ["/var/log/a", "/var/log/b"]);
    assert_eq!(quiet(soon, "/var/log/a").await.unwrap(), ["/var/log/b"]);
    let long_ago = soon - SignedDuration::from_hours(1);
    assert!(quiet(long_ago, "").await.unwrap().is_empty());
    database.prune_positions(vec!["/var/log/a".into(), "/var/log/b".into()], long_ago).await.unwrap();
    assert_eq!(number(&path, "SELECT count(*) FROM positions"), 2);
    database.prune_positions(vec!["/var/log/a".into()], soon).await.unwrap();
    assert_eq!(quiet(soon, "").await.unwrap(), ["/var/log/b"]);
}

#[tokio::test]
async fn a_post_in_which_rent_lies_is_remembered_until_the_rent_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let id = |id: u8| PostId([id; 32]);
    let dispute = Dispute::NoEvidence { error: "no line of the log proves an attack".into() };
    let records = [
        PostRecord { state: PostState::Own { tx: None }, ..post_record(1, 5) },
        post_record(2, 5),
        PostRecord { disputed: Some(dispute), ..post_record(3, 5) },
        post_record(4, 5),
    ];
    let mut records: Vec<Record> = records.map(|record| Record::Post(Box::new(record))).into();
    records.push(Record::Liked(id(2)));
    database.record(records).durable().await.unwrap();
    let with_rent = async || {
        let posts = all_of(database.posts_with_rent()).await;
        posts.into_iter().map(|record| record.post.id.0[0]).collect::<Vec<_>>()
    };
    database.prune_posts(at(7)).await.unwrap();
    assert_eq!(database.posts(10).await.unwrap().len(), 3);
    assert_eq!(with_rent().await, [1, 2, 3]);

    let done = vec![
        Record::Retired(id(1), at(6)),
        Record::VerdictsClosed(id(2), at(6)),
        Record::VerdictsClosed(id(3), at(6)),
    ];
    database.record(done).durable().await.unwrap();
    assert!(with_rent().await.is_empty());
    let retired = database.post(id(1)).await.unwrap().unwrap();
    assert_eq!(retired.state, PostState::Retired { tx: None, at: at(6) });
    database.prune_posts(at(7)).await.unwrap();
    assert_eq!(database.posts(10).await.unwrap(), []);
}
