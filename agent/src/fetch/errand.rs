//! What an attempt is charged for.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use tokio::time::Instant;

use super::budget::{Budget, Tab};
use crate::domain::PeerKey;

/// One attempt's way to its server: each address that it tries is charged once, and nothing in the end where it brings
/// the log.
pub(super) struct Errand<'a> {
    payer: Option<Payer<'a>>,
    charged: Vec<(Tab, Instant)>,
}

/// What is charged, and on which peer's own word it is asked, if it is on one's.
#[derive(Clone, Copy)]
struct Payer<'a> {
    budget: &'a Mutex<Budget>,
    peer: Option<PeerKey>,
}

impl<'a> Errand<'a> {
    /// To whom the operator named: free.
    pub(super) fn free() -> Self {
        Self { payer: None, charged: Vec::new() }
    }

    /// To whom a peer names: on the own word of `peer`, or on what anybody may claim.
    pub(super) fn charged_to(budget: &'a Mutex<Budget>, peer: Option<PeerKey>) -> Self {
        Self { payer: Some(Payer { budget, peer }), charged: Vec::new() }
    }

    /// Whether this address may be asked now. Taking up a broken download is no other request.
    pub(super) fn may_ask(&mut self, address: IpAddr) -> bool {
        let Some(Payer { budget, peer }) = self.payer else { return true };
        let tab = Tab::new(address, peer);
        if self.charged.iter().any(|(known, _)| *known == tab) {
            return true;
        }
        let now = Instant::now();
        let may = budget.lock().unwrap_or_else(PoisonError::into_inner).charge(tab, now);
        if may {
            self.charged.push((tab, now));
        }
        may
    }

    /// It brought the log.
    pub(super) fn was_worth_it(self) {
        let Some(Payer { budget, .. }) = self.payer else { return };
        let mut budget = budget.lock().unwrap_or_else(PoisonError::into_inner);
        for (tab, charged) in self.charged {
            budget.refund(tab, charged);
        }
    }
}
