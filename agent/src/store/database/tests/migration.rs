//! A file as version 1 wrote it is brought up to date, and nothing of it is lost.

use super::{testing::of_version, *};
use crate::domain::LogId;

/// A post as it was written before it said who mirrors it.
fn as_version_1(json: &str) -> String {
    let old = json.replace(r#""mirrors":[]"#, r#""mirror_urls":[]"#);
    assert_ne!(old, json);
    old
}

fn reason(origin: Origin, events: u32, log: Option<LogId>) -> Reason {
    let since = "2026-11-23T02:00:00.123Z".parse().unwrap();
    Reason { origin: origin.into(), events, log, since, until: "2026-11-23T06:00:00Z".parse().unwrap() }
}

#[tokio::test]
async fn everything_that_version_1_remembered_is_still_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let (post, reporter, file_hash) = (PostId([3; 32]), PeerKey([2; 32]), FileHash([4; 32]));
    let times = r#""since":"2026-11-23T02:00:00.123456789Z","until":"2026-11-23T06:00:00Z""#;
    let local = r#""source":"local","detector":"sshd-bruteforce","service":"sshd","events":7"#;
    let peer = format!(
        r#""source":"peer","post":"{post}","reporter":"{reporter}","karma":60,"file_hash":"{file_hash}","events":5"#
    );
    let record = as_version_1(&serde_json::to_string(&post_record(1, 5)).unwrap());
    let like = Outgoing::Like { post: post_record(1, 5).post.into() };
    let like_item = as_version_1(&serde_json::to_string(&like).unwrap());
    let item = r#"{"send":"publish","log_url":"https://peer-a.example/logs/00","file_hash":"HASH"}"#
        .replace("HASH", &file_hash.to_string());
    let id = post_record(1, 5).post.id;
    of_version(
        1,
        &path,
        &format!(
            r#"
            INSERT INTO reasons VALUES
                ('203.0.113.7/32', 'local:sshd-bruteforce', '{{{local},"log":"0404040404040404",{times}}}', 1795413600),
                ('203.0.113.7/32', 'manual', '{{"source":"manual","comment":"say \"no\" to ü",{times}}}', 1795413600),
                ('203.0.113.7/32', 'peer:{post}', '{{{peer},{times}}}', 1795413600),
                ('2001:db8::/64', 'local:sshd-bruteforce', '{{{local},"log":null,{times}}}', 1795413600),
                ('2001:db8::/64', 'peer:{post}', '{{{peer},{times}}}', 1795413600);
            INSERT INTO posts VALUES ('{id}', {seen}, '{record}');
            INSERT INTO positions VALUES ('auth.log', '{{"offset":7}}'), ('bad.log', 'nonsense');
            INSERT INTO outbox (item) VALUES ('{item}'), ('{like_item}');
            "#,
            seen = at(5).as_second()
        ),
    );

    let local = Origin::Local { detector: "sshd-bruteforce".into(), service: "sshd".into(), claimed: false };
    let peer = Origin::Peer { post, reporter, karma: Karma(60), file_hash };
    let manual = Origin::Manual { comment: "say \"no\" to ü".into() };
    let (v4, v6) = ("203.0.113.7/32".parse().unwrap(), "2001:db8::/64".parse().unwrap());
    let expected = [
        (v4, reason(local.clone(), 7, Some(file_hash.log_id()))),
        (v4, reason(manual, 0, None)),
        (v4, reason(peer.clone(), 5, None)),
        (v6, reason(local, 7, None)),
        (v6, reason(peer.clone(), 5, None)),
    ];
    let database = Database::open(&path).unwrap();
    let mut stored = all_of(database.reasons(at(0))).await;
    let order = |(network, reason): &StoredReason| (*network, reason.origin.to_string());
    let (mut expected, mut found) = (expected.to_vec(), std::mem::take(&mut stored));
    expected.sort_by_key(order);
    found.sort_by_key(order);
    assert_eq!(found, expected);
    assert_eq!(database.posts(10).await.unwrap(), [post_record(1, 5)]);
    assert_eq!(database.position("auth.log".into()).await.unwrap().unwrap(), r#"{"offset":7}"#);
    assert_eq!(database.position("bad.log".into()).await.unwrap(), None);
    let queued = database.outbox(0, 10).await.unwrap();
    let [(1, Outgoing::Publish { file_hash: hash, .. }), (2, item)] = &queued[..] else {
        panic!("{queued:?}")
    };
    assert_eq!((*hash, item), (file_hash, &like));

    // An origin that was migrated is the same as one that is written now.
    database.record(vec![Record::Reason(v4, reason(peer, 6, None))]).durable().await.unwrap();
    assert_eq!(number(&path, "SELECT sum(uses) * 10 + count(*) FROM origins"), 53);
    assert_eq!(number(&path, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'old%'"), 0);
}

#[test]
fn a_file_is_migrated_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    of_version(1, &path, "");
    drop(file::open(&path).unwrap());
    assert_eq!(number(&path, "PRAGMA user_version"), i64::from(schema::VERSION));
    let migrated = std::fs::read(&path).unwrap();
    drop(file::open(&path).unwrap());
    assert!(std::fs::read(&path).unwrap() == migrated);
}
