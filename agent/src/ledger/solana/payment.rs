//! What an act costs, on its way out of the purse.

use crate::ledger::{Act, LedgerError, Purse};

/// Lamports that were taken out for an act which has not been sent yet; they go back unless it is.
pub(super) struct Payment<'a> {
    purse: &'a dyn Purse,
    act: Act,
    lamports: u64,
}

impl<'a> Payment<'a> {
    /// # Errors
    /// [`LedgerError::OverBudget`].
    pub(super) fn of(lamports: u64, act: Act, purse: &'a dyn Purse) -> Result<Self, LedgerError> {
        let mut payment = Self { purse, act, lamports: 0 };
        payment.add(lamports)?;
        Ok(payment)
    }

    /// Takes more.
    ///
    /// # Errors
    /// [`LedgerError::OverBudget`].
    pub(super) fn add(&mut self, lamports: u64) -> Result<(), LedgerError> {
        let taken = self.purse.take(self.act, lamports);
        taken.map_err(|source| LedgerError::OverBudget { act: self.act, source })?;
        self.lamports = self.lamports.saturating_add(lamports);
        Ok(())
    }

    /// The act is about to be sent: what it costs counts as spent from now on.
    pub(super) fn spend(mut self) {
        self.lamports = 0;
    }
}

impl Drop for Payment<'_> {
    fn drop(&mut self) {
        if self.lamports > 0 {
            self.purse.put_back(self.lamports);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::ledger::Overdrawn;

    /// Holds so many lamports.
    struct Wallet(AtomicU64);

    impl Purse for Wallet {
        fn take(&self, _: Act, lamports: u64) -> Result<(), Overdrawn> {
            let left = self.0.load(Ordering::SeqCst);
            if lamports > left {
                return Err(Overdrawn { needed: lamports, left });
            }
            self.0.fetch_sub(lamports, Ordering::SeqCst);
            Ok(())
        }

        fn put_back(&self, lamports: u64) {
            self.0.fetch_add(lamports, Ordering::SeqCst);
        }
    }

    #[test]
    fn what_is_not_sent_is_not_paid_and_what_is_sent_is() {
        let wallet = Wallet(100.into());
        let left = || wallet.0.load(Ordering::SeqCst);
        drop(Payment::of(60, Act::Like, &wallet).unwrap());
        assert_eq!(left(), 100);
        let mut payment = Payment::of(60, Act::Like, &wallet).unwrap();
        assert!(matches!(payment.add(41), Err(LedgerError::OverBudget { act: Act::Like, .. })));
        payment.add(30).unwrap();
        payment.spend();
        assert_eq!(left(), 10);
        assert!(Payment::of(11, Act::Like, &wallet).is_err());
        assert_eq!(left(), 10);
    }
}
