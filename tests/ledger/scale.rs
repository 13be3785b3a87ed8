//! What a start costs on a ledger with many old posts.

use std::{collections::HashSet, sync::Arc, time::Instant};

use jiff::SignedDuration;
use sentinel_agent::{
    identity::Identity,
    ledger::{Ledger, SolanaLedger},
};
use sentinel_tests::endpoint::{Counting, Proxy};

use crate::network::{Following, dev_ledger, founder, publish, settings};

/// Posts made in earlier cycles.
const OLD: u64 = 100_000;

/// Posts of this cycle.
const NEW: usize = 40;

#[tokio::test]
async fn an_agent_that_starts_reads_its_peers_and_the_last_cycles_posts_and_none_of_100_000_old_ones() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    ledger.age(OLD).await.unwrap();
    let mut missing = HashSet::new();
    for number in 0..NEW {
        missing.insert(publish(&reporter, &number.to_string()).await.post);
    }
    let endpoint = Proxy::start(&ledger, Counting::default()).await;

    let begun = Instant::now();
    let settings = settings(&endpoint.url, Some(&endpoint.websocket_url()), &ledger);
    let client = Arc::new(SolanaLedger::new(settings, &Identity::generate().unwrap()).unwrap());
    let peers = client.peers().await.unwrap().len();
    let known = begun.elapsed();
    let mut posts = Following::by(Arc::clone(&client), Some(SignedDuration::from_hours(24)));
    while !missing.is_empty() {
        missing.remove(&posts.next().await.id);
    }

    let (accounts, bytes) = (endpoint.manners.accounts(), endpoint.manners.bytes());
    println!(
        "a start beside {OLD} old posts: {peers} peers after {known:.2?}, {NEW} posts after {:.2?}; \
         {accounts} accounts and {bytes} bytes read",
        begun.elapsed()
    );
    assert!(accounts <= peers + NEW, "{accounts} accounts");
    assert!(bytes < 100_000, "{bytes} bytes");
}
