//! Transactions that an endpoint takes and loses.

use std::sync::Mutex;

use sentinel_agent::{
    domain::Karma,
    identity::Identity,
    ledger::{Founder, Ledger},
};
use sentinel_tests::{
    dev_ledger::DevLedger,
    endpoint::{Manners, Proxy},
};
use serde_json::Value;
use solana_transaction_status_client_types::{EncodedTransaction, TransactionBinaryEncoding};

use crate::network::{client, dev_ledger};

/// Passes everything on to the dev ledger except the first transactions, which it only claims to have taken.
#[derive(Default)]
pub(crate) struct Lossy {
    /// How many it loses.
    pub(crate) loses: usize,
    /// Whether it says that every blockhash is too old.
    pub(crate) everything_expired: bool,
    /// Signatures of what it was asked to send, in that order.
    pub(crate) sent: Mutex<Vec<String>>,
}

impl Manners for Lossy {
    fn instead(&self, method: &str, params: &Value) -> Option<Value> {
        if method == "getBlockHeight" && self.everything_expired {
            return Some(u64::MAX.into());
        }
        if method != "sendTransaction" {
            return None;
        }
        let signature = signature(params[0].as_str().unwrap());
        let mut sent = self.sent.lock().unwrap();
        sent.push(signature.clone());
        (sent.len() <= self.loses).then(|| signature.into())
    }
}

impl Lossy {
    pub(crate) fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().clone()
    }
}

fn signature(transaction: &str) -> String {
    let transaction = EncodedTransaction::Binary(transaction.to_owned(), TransactionBinaryEncoding::Base64);
    transaction.decode().unwrap().signatures[0].to_string()
}

async fn join_through(endpoint: &str, ledger: &DevLedger) -> Karma {
    let identity = Identity::generate().unwrap();
    ledger.fund(&identity.peer_key(), 10_000_000_000).await.unwrap();
    let client = client(endpoint, ledger, &identity);
    let founder = Founder { authority: ledger.authority.clone(), karma: Karma(60) };
    client.join("https://peer.example:9000", Some(&founder)).await.unwrap();
    client.peer(&identity.peer_key()).await.unwrap().unwrap().karma
}

#[tokio::test]
async fn a_lost_transaction_is_sent_again_as_it_was() {
    let ledger = dev_ledger().await;
    let endpoint = Proxy::start(&ledger, Lossy { loses: 1, ..Lossy::default() }).await;
    assert_eq!(join_through(&endpoint.url, &ledger).await, Karma(60));
    let sent = endpoint.manners.sent();
    assert_eq!((sent.len(), &sent[0]), (2, &sent[1]));
}

#[tokio::test]
async fn an_expired_transaction_is_signed_anew() {
    let ledger = dev_ledger().await;
    let endpoint =
        Proxy::start(&ledger, Lossy { loses: 1, everything_expired: true, ..Lossy::default() }).await;
    assert_eq!(join_through(&endpoint.url, &ledger).await, Karma(60));
    let sent = endpoint.manners.sent();
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0], sent[1]);
}
