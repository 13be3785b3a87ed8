//! What acts cost, and that no more is spent than may be.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use sentinel_agent::{
    domain::{FileHash, LogUrl},
    identity::Identity,
    ledger::{Act, Ledger, LedgerError, Overdrawn, Purse, SolanaLedger},
};
use sentinel_tests::{
    dev_ledger::DevLedger,
    endpoint::{Manners, Proxy},
};
use serde_json::{Value, json};

use crate::network::{Following, dev_ledger, founder, founder_as, log_url, publish, settings};

/// What one signature costs.
const FEE: u64 = 5000;

/// A purse with this limit that says what was taken out.
struct Counting {
    limit: u64,
    spent: AtomicU64,
}

impl Counting {
    fn up_to(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, spent: AtomicU64::default() })
    }

    fn spent(&self) -> u64 {
        self.spent.load(Ordering::SeqCst)
    }
}

impl Purse for Counting {
    fn take(&self, _: Act, lamports: u64) -> Result<(), Overdrawn> {
        let left = self.limit.saturating_sub(self.spent());
        if lamports > left {
            return Err(Overdrawn { needed: lamports, left });
        }
        self.spent.fetch_add(lamports, Ordering::SeqCst);
        Ok(())
    }

    fn put_back(&self, lamports: u64) {
        self.spent.fetch_sub(lamports, Ordering::SeqCst);
    }
}

/// A founder that pays from this purse, through this endpoint.
async fn payer(ledger: &DevLedger, rpc_url: &str, purse: &Arc<Counting>) -> SolanaLedger {
    let identity = Identity::generate().unwrap();
    founder_as(ledger, &identity, 60).await;
    let settings = settings(rpc_url, None, ledger).paying_at_most(20_000);
    SolanaLedger::new(settings, &identity).unwrap().paying_from(purse.clone())
}

#[tokio::test]
async fn what_is_counted_is_what_each_act_costs_and_of_a_repeated_one_no_more_than_the_fee() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    publish(&reporter, "theirs").await;
    let post = Following::all(&ledger).await.next().await;
    let purse = Counting::up_to(u64::MAX);
    let client = payer(&ledger, &ledger.rpc_url, &purse).await;
    let mirror: LogUrl = "https://peer.example:9000/mirrors/0123456789abcdef".parse().unwrap();
    let before = client.balance().await.unwrap();
    // That nothing came of the second time is the endpoint's word.
    for fees in [0, 3 * FEE] {
        publish(&client, "ours").await;
        client.like(&post).await.unwrap();
        client.add_mirror(post.id, &mirror).await.unwrap();
        assert_eq!(purse.spent(), before - client.balance().await.unwrap() + fees);
    }
    println!("a post, a like and a mirror: {} lamports", purse.spent());
}

#[tokio::test]
async fn an_act_that_costs_more_than_is_left_is_not_sent() {
    let ledger = dev_ledger().await;
    let purse = Counting::up_to(1_000_000);
    let client = payer(&ledger, &ledger.rpc_url, &purse).await;
    let before = client.balance().await.unwrap();
    let error = client.publish(&log_url("dear"), FileHash([1; 32])).await.unwrap_err();
    assert!(matches!(error, LedgerError::OverBudget { act: Act::Publish, .. }), "{error}");
    assert!(error.to_string().contains("1000000 are left"), "{error}");
    assert_eq!((client.balance().await.unwrap(), purse.spent()), (before, 0));
}

/// An endpoint of a ledger on which others pay this much for being preferred, in millionths of a lamport.
struct Congested(u64);

impl Manners for Congested {
    fn instead(&self, method: &str, _: &Value) -> Option<Value> {
        let slot = json!({"slot": 1, "prioritizationFee": self.0});
        (method == "getRecentPrioritizationFees").then(|| json!([slot]))
    }
}

#[tokio::test]
async fn on_a_congested_ledger_an_act_costs_what_others_pay_and_no_more_than_its_operator_allows() {
    let ledger = dev_ledger().await;
    let mut spent = Vec::new();
    for (name, price) in [("a", 0), ("b", 100_000), ("c", u64::MAX)] {
        let congested = Proxy::start(&ledger, Congested(price)).await;
        let purse = Counting::up_to(u64::MAX);
        let client = payer(&ledger, &congested.url, &purse).await;
        let before = client.balance().await.unwrap();
        publish(&client, name).await;
        assert_eq!(purse.spent(), before - client.balance().await.unwrap());
        spent.push(purse.spent());
    }
    assert_eq!((spent[1] - spent[0], spent[2] - spent[0]), (8_000, 20_000));
}
