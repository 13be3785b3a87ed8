//! What endpoints do that lie.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use sentinel_agent::domain::{FileHash, PeerKey};
use sentinel_interface as interface;
use serde_json::{Value, json};
use solana_sdk::pubkey::Pubkey;

use super::Manners;
use crate::program::Program;

/// Where [`Elsewhere`] sends everybody.
pub const FALSE_URL: &str = "https://liar.example/logs/0123456789abcdef";

/// Changes the bytes of an account (`UiAccount`) as `change` wants, where it wants anything.
fn changed(account: &mut Value, change: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let Some(text) = account["data"][0].as_str() else { return };
    if let Some(data) = change(&BASE64_STANDARD.decode(text).unwrap()) {
        account["data"][0] = BASE64_STANDARD.encode(data).into();
    }
}

/// The same of a list of accounts.
fn all_changed(accounts: &mut Value, change: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let accounts = accounts.as_array_mut().into_iter().flatten();
    accounts.for_each(|keyed| changed(&mut keyed["account"], &change));
}

/// The bytes of a post, changed; none when they are no post's.
///
/// # Panics
/// When the changed post has no bytes.
pub fn post_with(
    data: &[u8],
    change: impl Fn(interface::Post<'_>) -> interface::Post<'_>,
) -> Option<Vec<u8>> {
    let post = change(interface::Post::parse(data).ok()?);
    let mut data = vec![0; post.encoded_len()];
    post.encode(&mut data).unwrap();
    Some(data)
}

/// A post of `owner` that nobody made, otherwise like the post in `like`: its bytes, and where such a post would be.
///
/// # Panics
/// When `like` is no post.
#[must_use]
pub fn invented(program: Pubkey, like: &[u8], owner: &PeerKey, file_hash: FileHash) -> (Pubkey, Vec<u8>) {
    let (owner, file_hash) = (Pubkey::from(owner.0), file_hash.0);
    let mint = Program { id: program }.mint(&owner, &file_hash).to_bytes();
    let (address, bump) = Pubkey::find_program_address(&interface::seeds::post(&mint), &program);
    let owner = owner.to_bytes();
    let post =
        post_with(like, |post| interface::Post { owner, file_hash, nft_mint: mint, bump, ..post }).unwrap();
    (address, post)
}

/// Sends everybody who wants a log elsewhere, and praises the post.
pub struct Elsewhere;

impl Elsewhere {
    fn lie(data: &[u8]) -> Option<Vec<u8>> {
        let log_url = interface::Url::new(FALSE_URL).unwrap();
        post_with(data, |post| interface::Post { log_url, likes: 1_000_000, ..post })
    }
}

impl Manners for Elsewhere {
    fn answer(&self, method: &str, _: &Value, mut answer: Value) -> Vec<u8> {
        if method == "getProgramAccounts" {
            all_changed(&mut answer["result"], Self::lie);
        }
        answer.to_string().into()
    }

    fn tell(&self, mut keyed: Value) -> Option<Value> {
        changed(&mut keyed["account"], Self::lie);
        Some(keyed)
    }
}

/// Gives every post another log.
pub struct OtherLog;

impl Manners for OtherLog {
    fn tell(&self, mut keyed: Value) -> Option<Value> {
        let file_hash = [0xba; 32];
        changed(&mut keyed["account"], |data| post_with(data, |post| interface::Post { file_hash, ..post }));
        Some(keyed)
    }
}

/// Praises a peer, or every one.
pub struct Praising(pub Option<PeerKey>);

impl Manners for Praising {
    fn answer(&self, method: &str, _: &Value, mut answer: Value) -> Vec<u8> {
        let praise = |data: &[u8]| {
            let peer = interface::Peer { karma: 1000, ..interface::Peer::parse(data).ok()? };
            if self.0.is_some_and(|praised| praised.0 != peer.user) {
                return None;
            }
            let mut data = vec![0; peer.encoded_len()];
            peer.encode(&mut data).unwrap();
            Some(data)
        };
        match method {
            "getAccountInfo" => changed(&mut answer["result"]["value"], praise),
            "getProgramAccounts" => all_changed(&mut answer["result"], praise),
            _ => {}
        }
        answer.to_string().into()
    }
}

/// Knows no post, and no transaction.
pub struct Hiding;

impl Manners for Hiding {
    fn instead(&self, method: &str, _: &Value) -> Option<Value> {
        ["getProgramAccounts", "getSignaturesForAddress"].contains(&method).then(|| json!([]))
    }

    fn tell(&self, _: Value) -> Option<Value> {
        None
    }
}

/// Knows no transaction for as long as it wants.
pub struct Forgetful(pub AtomicBool);

impl Manners for Forgetful {
    fn instead(&self, method: &str, _: &Value) -> Option<Value> {
        (method == "getSignaturesForAddress" && self.0.load(Ordering::SeqCst)).then(|| json!([]))
    }
}

/// Shows one true transaction as everybody's proof for everything.
#[derive(Default)]
pub struct Replaying(pub Mutex<String>);

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
pub struct Babbling(pub usize);

impl Manners for Babbling {
    fn answer(&self, _: &str, _: &Value, _: Value) -> Vec<u8> {
        vec![b'['; self.0]
    }

    fn tell(&self, _: Value) -> Option<Value> {
        Some(json!({"pubkey": "x".repeat(100), "account": {"data": [[]], "owner": 7}}))
    }
}
