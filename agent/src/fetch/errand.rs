//! What an attempt is charged for.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use tokio::time::Instant;

use super::budget::{Account, Budget};
use crate::domain::PeerKey;

/// One attempt's way to its server: each address that it tries is charged once, and nothing in the end where it brings
/// the log.
pub(super) struct Errand<'a> {
    payer: Option<Payer<'a>>,
    charged: Vec<(Account, Instant)>,
}

/// What is charged, and which reporter's own post it is for, if it is for one.
#[derive(Clone, Copy)]
struct Payer<'a> {
    budget: &'a Mutex<Budget>,
    reporter: Option<PeerKey>,
}

impl<'a> Errand<'a> {
    /// To whom the operator named: free.
    pub(super) fn free() -> Self {
        Self { payer: None, charged: Vec::new() }
    }

    /// To whom a peer names: for its own post under its own endpoint where that is `reporter`'s.
    pub(super) fn charged_to(budget: &'a Mutex<Budget>, reporter: Option<PeerKey>) -> Self {
        Self { payer: Some(Payer { budget, reporter }), charged: Vec::new() }
    }

    /// Whether this address may be asked now. Taking up a broken download is no other request.
    pub(super) fn may_ask(&mut self, address: IpAddr) -> bool {
        let Some(Payer { budget, reporter }) = self.payer else { return true };
        let account = Account::new(address, reporter);
        if self.charged.iter().any(|(known, _)| *known == account) {
            return true;
        }
        let now = Instant::now();
        let may = budget.lock().unwrap_or_else(PoisonError::into_inner).charge(account, now);
        if may {
            self.charged.push((account, now));
        }
        may
    }

    /// It brought the log.
    pub(super) fn was_worth_it(self) {
        let Some(Payer { budget, .. }) = self.payer else { return };
        let mut budget = budget.lock().unwrap_or_else(PoisonError::into_inner);
        for (account, charged) in self.charged {
            budget.refund(account, charged);
        }
    }
}
