//! Publishing in one step, as another program does.

use std::sync::Arc;

use sentinel_agent::{
    domain::MaliciousLog,
    ledger::Ledger,
    publish::{PublishError, publish},
    store::LogStore,
};

use crate::network::{Following, dev_ledger, founder, stranger};

const LINES: &str = "Nov 23 02:00:01 host sshd[1]: Failed password for user from 203.0.113.9 port 5 ssh2\n";
const URL: &str = "https://peer.example:9000";

fn store(folder: &tempfile::TempDir) -> Arc<LogStore> {
    Arc::new(LogStore::open(folder.path(), 1 << 20).unwrap())
}

fn log(text: &str) -> MaliciousLog {
    MaliciousLog::new(text.as_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn a_log_that_proves_an_attack_is_stored_and_posted_once() {
    let ledger = dev_ledger().await;
    let (client, key) = founder(&ledger, 60).await;
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);

    let published = publish(log(LINES), URL, Arc::clone(&store), &client).await.unwrap();

    let post = Following::all(&ledger).await.next().await;
    assert_eq!((post.id, post.owner, post.file_hash), (published.post, key, published.file_hash));
    assert_eq!(post.log_url, published.log_url.as_str());
    assert!(post.log_url.ends_with(&format!("/logs/{}", log(LINES).hash().log_id())));
    assert_eq!(store.read(log(LINES).hash().log_id()).unwrap(), Some(log(LINES)));
    let again = publish(log(LINES), URL, store, &client).await.unwrap();
    assert_eq!((again.post, again.tx), (published.post, None));
}

#[tokio::test]
async fn a_log_that_proves_nothing_is_neither_stored_nor_posted() {
    let ledger = dev_ledger().await;
    let (client, _) = founder(&ledger, 60).await;
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let before = client.balance().await.unwrap();
    let refused = publish(log("a quiet night\n"), URL, Arc::clone(&store), &client).await;
    assert!(matches!(refused, Err(PublishError::Verify(_))), "{refused:?}");
    assert_eq!((store.count(), client.balance().await.unwrap()), (0, before));
}

#[tokio::test]
async fn a_log_that_the_ledger_did_not_take_is_stored_for_another_try() {
    let ledger = dev_ledger().await;
    let (client, _) = stranger(&ledger).await;
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let refused = publish(log(LINES), URL, Arc::clone(&store), &client).await;
    assert!(matches!(refused, Err(PublishError::Ledger(_))), "{refused:?}");
    assert_eq!(store.count(), 1);
}
