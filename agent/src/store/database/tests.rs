use jiff::Timestamp;

use super::*;
use crate::{
    domain::{FileHash, Karma, Origin, PeerKey, Post, PostId, Reason},
    record::{Outgoing, PostRecord, PostState, Record},
};

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
        cycle: 0,
        mirror_urls: vec![],
    };
    let belief = crate::trust::Belief::Karma { karma: Karma(60), needed: Karma(50) };
    let state =
        PostState::Applied { belief, blocked: vec!["203.0.113.7/32".parse().unwrap()], refused: vec![] };
    PostRecord { post, seen: at(seen), state, liked: false }
}

#[tokio::test]
async fn what_was_recorded_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let network = "203.0.113.7/32".parse().unwrap();
    {
        let database = Database::open(&path).unwrap();
        let outgoing = Outgoing::Publish {
            log_url: "https://peer-a.example/logs/00".parse().unwrap(),
            file_hash: FileHash([4; 32]),
        };
        let records = vec![
            Record::Reason(network, manual("mine", 10)),
            Record::Post(Box::new(post_record(1, 5))),
            Record::Liked(PostId([1; 32])),
            Record::Position { source: "auth.log".into(), position: "{\"offset\":7}".into() },
            Record::Outgoing(outgoing),
        ];
        database.record(records).durable().await.unwrap();
    }
    let database = reopen(&path).await;
    assert_eq!(database.reasons(at(1)).await.unwrap(), [(network, manual("mine", 10))]);
    assert_eq!(
        database.post(PostId([1; 32])).await.unwrap(),
        Some(PostRecord { liked: true, ..post_record(1, 5) })
    );
    assert_eq!(database.position("auth.log".into()).await.unwrap().unwrap(), "{\"offset\":7}");
    let outbox = database.outbox().await.unwrap();
    database.record(vec![Record::OutgoingDone(outbox[0].0)]).durable().await.unwrap();
    assert_eq!((outbox.len(), database.outbox().await.unwrap().len()), (1, 0));
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

#[tokio::test]
async fn expired_reasons_are_not_read_back_and_the_newest_posts_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let network = "203.0.113.7/32".parse().unwrap();
    let records = vec![
        Record::Reason(network, manual("old", 10)),
        Record::Post(Box::new(post_record(1, 5))),
        Record::Post(Box::new(post_record(2, 6))),
    ];
    database.record(records).durable().await.unwrap();
    assert_eq!(database.reasons(at(10)).await.unwrap(), []);
    let ids: Vec<PostId> =
        database.posts(10).await.unwrap().into_iter().map(|record| record.post.id).collect();
    assert_eq!(ids, [PostId([2; 32]), PostId([1; 32])]);
    assert_eq!(database.posts(1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_second_agent_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let _first = Database::open(&path).unwrap();
    assert!(matches!(Database::open(&path), Err(DatabaseError::InUse { .. })));
}

#[test]
fn a_file_that_is_not_ours_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    std::fs::write(&path, b"this is somebody's diary, and not a database at all").unwrap();
    assert!(matches!(Database::open(&path), Err(DatabaseError::Schema { .. })));
    assert!(std::fs::read(&path).unwrap().starts_with(b"this is somebody's diary"));
}

#[test]
fn a_later_schema_is_refused_by_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let connection = schema::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let message = Database::open(&path).unwrap_err().to_string();
    assert!(message.contains("schema version 99"), "{message}");
}
