//! What this agent may spend.

use super::Act;

/// The purse that pays for acts on the ledger: fees, and the rent of accounts.
///
/// What an act costs is taken out before anything is sent and put back when it is certain that nothing was spent, so that
/// what is counted is never less than what was spent.
pub trait Purse: Send + Sync {
    /// Takes out what `act` costs.
    ///
    /// # Errors
    /// [`Overdrawn`] when there is too little left; nothing was taken then.
    fn take(&self, act: Act, lamports: u64) -> Result<(), Overdrawn>;

    /// Puts back what was not spent after all.
    fn put_back(&self, lamports: u64);
}

/// There is too little left for an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it takes {needed} lamports, and {left} are left of what may be spent")]
pub struct Overdrawn {
    /// What it takes.
    pub needed: u64,
    /// What is left.
    pub left: u64,
}

/// A purse without a bottom, for who decides on each act by himself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bottomless;

impl Purse for Bottomless {
    fn take(&self, _: Act, _: u64) -> Result<(), Overdrawn> {
        Ok(())
    }

    fn put_back(&self, _: u64) {}
}
