//! What a client reads of a ledger.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::Manners;

/// Says what the ledger says, and counts it.
#[derive(Debug, Default)]
pub struct Counting {
    accounts: AtomicUsize,
    bytes: AtomicUsize,
}

impl Counting {
    /// Accounts that were listed.
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.accounts.load(Ordering::SeqCst)
    }

    /// Bytes of all answers.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::SeqCst)
    }
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
