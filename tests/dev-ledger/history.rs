//! The transactions that the ledger took.

use std::collections::{HashMap, VecDeque};

use solana_sdk::{
    pubkey::Pubkey,
    signature::Signature,
    transaction::{TransactionError, VersionedTransaction},
};

/// Most transactions that are remembered; the oldest go first.
const CAPACITY: usize = 20_000;

/// One transaction and what became of it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) signature: Signature,
    pub(super) slot: u64,
    /// Unix seconds.
    pub(super) time: i64,
    pub(super) transaction: VersionedTransaction,
    pub(super) error: Option<TransactionError>,
    pub(super) logs: Vec<String>,
    /// Lamports.
    pub(super) fee: u64,
    pub(super) compute_units: u64,
    /// Lamports of each account before and after, in the message's order.
    pub(super) balances: (Vec<u64>, Vec<u64>),
}

/// What the ledger remembers, oldest first.
#[derive(Default)]
pub(super) struct History {
    order: VecDeque<Signature>,
    records: HashMap<Signature, Record>,
    taken: u64,
}

impl History {
    pub(super) fn push(&mut self, record: Record) {
        if self.order.len() >= CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.records.remove(&oldest);
        }
        self.taken += 1;
        self.order.push_back(record.signature);
        self.records.insert(record.signature, record);
    }

    pub(super) fn get(&self, signature: &Signature) -> Option<&Record> {
        self.records.get(signature)
    }

    /// How many transactions there were in all.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// The transactions that name `address`, newest first.
    pub(super) fn of(&self, address: Pubkey) -> impl Iterator<Item = &Record> {
        self.order
            .iter()
            .rev()
            .filter_map(|signature| self.records.get(signature))
            .filter(move |record| record.transaction.message.static_account_keys().contains(&address))
    }
}
