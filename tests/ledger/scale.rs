//! What a start costs on a ledger with many old posts.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use jiff::{SignedDuration, Timestamp};
use sentinel_agent::{
    domain::PostId,
    identity::Identity,
    ledger::{Ledger, SolanaLedger},
};
use sentinel_interface::{Post, State};
use sentinel_tests::{dev_ledger::DevLedger, program::Program};
use serde_json::Value;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_sdk::pubkey::Pubkey;

use crate::{
    network::{Following, dev_ledger, founder, publish, settings},
    proxy::{Manners, Proxy},
};

/// Posts made in earlier cycles.
const OLD: u64 = 100_000;

/// Cycles that are over, each with as many of them.
const CYCLES: u64 = 1000;

/// Posts of this cycle.
const NEW: usize = 40;

/// Counts what it is asked for.
#[derive(Default)]
struct Counting {
    bytes: AtomicUsize,
    accounts: AtomicUsize,
}

impl Manners for Counting {
    fn answer(&self, method: &str, _: &Value, answer: Value) -> Vec<u8> {
        let accounts = answer["result"].as_array().filter(|_| method == "getProgramAccounts");
        self.accounts.fetch_add(accounts.map_or(0, Vec::len), Ordering::SeqCst);
        let body: Vec<u8> = answer.to_string().into();
        self.bytes.fetch_add(body.len(), Ordering::SeqCst);
        body
    }
}

/// Lets cycles pass, and fills them with posts like `like`.
async fn age(ledger: &DevLedger, like: PostId) {
    let rpc = RpcClient::new(ledger.rpc_url.clone());
    let state = Program { id: ledger.program }.state();
    let mut data = rpc.get_account_data(&state).await.unwrap();
    let start = Timestamp::now().as_second();
    let aged = State { cycle_index: CYCLES, cycle_start: start, ..State::parse(&data).unwrap() };
    aged.encode(&mut data).unwrap();
    ledger.forge_account(state.to_bytes(), data).await.unwrap();

    let data = rpc.get_account_data(&Pubkey::from(like.0)).await.unwrap();
    let old = |number: u64| {
        let mut data = data.clone();
        let mut put = |at: usize, bytes: [u8; 8]| data[at..at + 8].copy_from_slice(&bytes);
        put(Post::CYCLE_INDEX_OFFSET, (number % (CYCLES - 2)).to_le_bytes());
        put(Post::TIMESTAMP_OFFSET, 1_600_000_000_i64.to_le_bytes());
        let mut address = [0xa5; 32];
        address[..8].copy_from_slice(&number.to_le_bytes());
        (address, data)
    };
    ledger.plant_accounts((0..OLD).map(old).collect()).await.unwrap();
}

#[tokio::test]
async fn an_agent_that_starts_reads_its_peers_and_the_last_cycles_posts_and_none_of_100_000_old_ones() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let like = publish(&reporter, "like").await.post;
    age(&ledger, like).await;
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

    let (accounts, bytes) = (&endpoint.manners.accounts, &endpoint.manners.bytes);
    let (accounts, bytes) = (accounts.load(Ordering::SeqCst), bytes.load(Ordering::SeqCst));
    println!(
        "a start beside {OLD} old posts: {peers} peers after {known:.2?}, {NEW} posts after {:.2?}; \
         {accounts} accounts and {bytes} bytes read",
        begun.elapsed()
    );
    assert!(accounts <= peers + NEW + 1, "{accounts} accounts");
    assert!(bytes < 100_000, "{bytes} bytes");
}
