//! Peers that did not give what they should have.

use super::*;
use crate::record::{PeerFailure, PeerFailures};

fn failure(peer: u8, second: i64) -> PeerFailure {
    let url = format!("https://peer-{peer}.example/logs/{second}");
    PeerFailure { peer: PeerKey([peer; 32]), url, error: "no answer".into(), at: at(second) }
}

#[tokio::test]
async fn of_a_peers_failures_the_latest_are_remembered_and_all_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    {
        let database = Database::open(&path).unwrap();
        let many = (1..=25).map(|second| Record::PeerFailed(failure(1, second)));
        database.record(many.chain([Record::PeerFailed(failure(2, 7))]).collect()).durable().await.unwrap();
    }
    let database = reopen(&path).await;
    let latest = (16..=25).rev().map(|second| failure(1, second)).collect();
    assert_eq!(database.failures_of(PeerKey([1; 32])).await.unwrap(), PeerFailures { number: 25, latest });
    assert_eq!(database.failures_of(PeerKey([3; 32])).await.unwrap(), PeerFailures::default());
    let counts = database.failure_counts().await.unwrap();
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(PeerKey([1; 32]), 25), (PeerKey([2; 32]), 1)]);
    assert_eq!(number(&path, "SELECT count(*) FROM peer_failures"), 11);
}

#[tokio::test]
async fn what_strangers_wrote_into_a_failure_is_kept_short() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let long = PeerFailure { error: "\u{fc}".repeat(100_000), ..failure(1, 1) };
    database.record(vec![Record::PeerFailed(long)]).durable().await.unwrap();
    let kept = database.failures_of(PeerKey([1; 32])).await.unwrap();
    assert_eq!(kept.latest[0].error.chars().count(), 500);
}

#[tokio::test]
async fn old_failures_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let records = [(1, 5), (1, 9), (2, 5)].map(|(peer, second)| Record::PeerFailed(failure(peer, second)));
    database.record(records.into()).durable().await.unwrap();
    database.prune_failures(at(6)).await.unwrap();
    let left = PeerFailures { number: 2, latest: vec![failure(1, 9)] };
    assert_eq!(database.failures_of(PeerKey([1; 32])).await.unwrap(), left);
    assert_eq!(database.failures_of(PeerKey([2; 32])).await.unwrap(), PeerFailures::default());
}
