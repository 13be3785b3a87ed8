//! What endpoints do that lie.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use sentinel_interface as interface;
use serde_json::{Value, json};

use crate::proxy::Manners;

pub(crate) const FALSE_URL: &str = "https://liar.example/logs/0123456789abcdef";

/// Changes the bytes of an account (`UiAccount`) as `change` wants, where it wants anything.
fn changed(account: &mut Value, change: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let Some(text) = account["data"][0].as_str() else { return };
    if let Some(data) = change(&BASE64_STANDARD.decode(text).unwrap()) {
        account["data"][0] = BASE64_STANDARD.encode(data).into();
    }
}

pub(crate) fn post_with(
    data: &[u8],
    change: impl Fn(interface::Post<'_>) -> interface::Post<'_>,
) -> Option<Vec<u8>> {
    let post = change(interface::Post::parse(data).ok()?);
    let mut data = vec![0; post.encoded_len()];
    post.encode(&mut data).unwrap();
    Some(data)
}

/// Sends everybody who wants a log elsewhere, and praises the post.
pub(crate) struct Elsewhere;

impl Elsewhere {
    fn lie(data: &[u8]) -> Option<Vec<u8>> {
        let log_url = interface::Url::new(FALSE_URL).unwrap();
        post_with(data, |post| interface::Post { log_url, likes: 1_000_000, ..post })
    }
}

impl Manners for Elsewhere {
    fn answer(&self, method: &str, _: &Value, mut answer: Value) -> Vec<u8> {
        if method == "getProgramAccounts" {
            let accounts = answer["result"].as_array_mut().unwrap();
            accounts.iter_mut().for_each(|keyed| changed(&mut keyed["account"], Self::lie));
        }
        answer.to_string().into()
    }

    fn tell(&self, mut keyed: Value) -> Option<Value> {
        changed(&mut keyed["account"], Self::lie);
        Some(keyed)
    }
}

/// Gives every post another log.
pub(crate) struct OtherLog;

impl Manners for OtherLog {
    fn tell(&self, mut keyed: Value) -> Option<Value> {
        let file_hash = [0xba; 32];
        changed(&mut keyed["account"], |data| post_with(data, |post| interface::Post { file_hash, ..post }));
        Some(keyed)
    }
}

/// Praises every peer.
pub(crate) struct Praising;

impl Manners for Praising {
    fn answer(&self, method: &str, _: &Value, mut answer: Value) -> Vec<u8> {
        if method == "getAccountInfo" {
            changed(&mut answer["result"]["value"], |data| {
                let peer = interface::Peer { karma: 1000, ..interface::Peer::parse(data).ok()? };
                let mut data = vec![0; peer.encoded_len()];
                peer.encode(&mut data).unwrap();
                Some(data)
            });
        }
        answer.to_string().into()
    }
}

/// Knows no post, and no transaction.
pub(crate) struct Hiding;

impl Manners for Hiding {
    fn instead(&self, method: &str, _: &Value) -> Option<Value> {
        ["getProgramAccounts", "getSignaturesForAddress"].contains(&method).then(|| json!([]))
    }

    fn tell(&self, _: Value) -> Option<Value> {
        None
    }
}

/// Knows no transaction for as long as it wants.
pub(crate) struct Forgetful(pub(crate) AtomicBool);

impl Manners for Forgetful {
    fn instead(&self, method: &str, _: &Value) -> Option<Value> {
        (method == "getSignaturesForAddress" && self.0.load(Ordering::SeqCst)).then(|| json!([]))
    }
}

/// Shows one true transaction as everybody's proof for everything.
#[derive(Default)]
pub(crate) struct Replaying(pub(crate) Mutex<String>);

impl Manners for Replaying {
    fn instead(&self, method: &str, _: &Value) -> Option<Value> {
        let named = json!({
            "signature": *self.0.lock().unwrap(), "slot": 1, "err": null, "memo": null, "blockTime": null,
            "confirmationStatus": "finalized",
        });
        (method == "getSignaturesForAddress").then(|| json!([named]))
    }
}

/// Answers with this many bytes that mean nothing.
pub(crate) struct Babbling(pub(crate) usize);

impl Manners for Babbling {
    fn answer(&self, _: &str, _: &Value, _: Value) -> Vec<u8> {
        vec![b'['; self.0]
    }

    fn tell(&self, _: Value) -> Option<Value> {
        Some(json!({"pubkey": "x".repeat(100), "account": {"data": [[]], "owner": 7}}))
    }
}
