//! Transactions that an endpoint takes and loses.

use std::sync::{Arc, Mutex};

use sentinel_agent::{
    domain::Karma,
    identity::Identity,
    ledger::{Founder, Ledger},
};
use sentinel_tests::dev_ledger::DevLedger;
use serde_json::{Value, json};
use solana_client::{nonblocking::rpc_client::RpcClient, rpc_request::RpcRequest};
use solana_transaction_status_client_types::{EncodedTransaction, TransactionBinaryEncoding};
use tokio::net::TcpListener;
use warp::Filter;

use crate::network::{client, dev_ledger};

/// Passes everything on to the dev ledger except the first transaction, which it only claims to have taken.
struct LossyEndpoint {
    ledger: RpcClient,
    /// Whether it says that every blockhash is too old.
    everything_expired: bool,
    /// Signatures of what it was asked to send, in that order.
    sent: Mutex<Vec<String>>,
}

impl LossyEndpoint {
    async fn start(ledger: &DevLedger, everything_expired: bool) -> (String, Arc<Self>) {
        let ledger = RpcClient::new(ledger.rpc_url.clone());
        let endpoint = Arc::new(Self { ledger, everything_expired, sent: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answering = endpoint.clone();
        let calls = warp::post().and(warp::body::json()).then(move |call: Value| {
            let endpoint = answering.clone();
            async move {
                let result = endpoint.answer(&call).await;
                warp::reply::json(&json!({"jsonrpc": "2.0", "id": call["id"], "result": result}))
            }
        });
        tokio::spawn(warp::serve(calls).incoming(listener).run());
        (url, endpoint)
    }

    async fn answer(&self, call: &Value) -> Value {
        let method = call["method"].as_str().unwrap();
        if method == "sendTransaction" {
            let signature = signature(call["params"][0].as_str().unwrap());
            let mut sent = self.sent.lock().unwrap();
            sent.push(signature.clone());
            if sent.len() == 1 {
                return signature.into();
            }
        }
        if method == "getBlockHeight" && self.everything_expired {
            return u64::MAX.into();
        }
        // The client's type for other methods keeps a static name.
        let method = String::leak(method.to_owned());
        self.ledger.send(RpcRequest::Custom { method }, call["params"].clone()).await.unwrap()
    }

    fn sent(&self) -> Vec<String> {
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
    let (url, endpoint) = LossyEndpoint::start(&ledger, false).await;
    assert_eq!(join_through(&url, &ledger).await, Karma(60));
    let sent = endpoint.sent();
    assert_eq!((sent.len(), &sent[0]), (2, &sent[1]));
}

#[tokio::test]
async fn an_expired_transaction_is_signed_anew() {
    let ledger = dev_ledger().await;
    let (url, endpoint) = LossyEndpoint::start(&ledger, true).await;
    assert_eq!(join_through(&url, &ledger).await, Karma(60));
    let sent = endpoint.sent();
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0], sent[1]);
}
