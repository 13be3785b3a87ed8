//! What peers took from the server.

use super::*;
use crate::record::PeerUsage;

fn usage(peer: u8, day: i64, signed_until: i64) -> PeerUsage {
    PeerUsage { peer: PeerKey([peer; 32]), day, bytes: 1 << 40, recent: vec![5, 7], signed_until }
}

#[tokio::test]
async fn the_last_that_was_said_of_a_peer_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    {
        let database = Database::open(&path).unwrap();
        let records = [usage(1, 10, 900), usage(2, 10, 900), usage(1, 11, 1000)].map(Record::Usage);
        database.record(records.into()).durable().await.unwrap();
    }
    let mut found = reopen(&path).await.usage(10, 0).await.unwrap();
    found.sort_by_key(|usage| usage.peer);
    assert_eq!(found, [usage(1, 11, 1000), usage(2, 10, 900)]);
}

#[tokio::test]
async fn what_neither_counts_today_nor_bars_a_signature_is_not_read_and_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let database = Database::open(&path).unwrap();
    let records = [usage(1, 10, 900), usage(2, 9, 901), usage(3, 9, 900)].map(Record::Usage);
    database.record(records.into()).durable().await.unwrap();
    assert_eq!(database.usage(10, 900).await.unwrap().len(), 2);
    database.prune_usage(10, 900).await.unwrap();
    assert_eq!(number(&path, "SELECT count(*) FROM downloads"), 2);
}
