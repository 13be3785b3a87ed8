//! Program-derived addresses: found, checked, and signed with.

use crate::failure::Failure;
use core::array;
use pinocchio::{
    AccountView, Address,
    cpi::{Seed, Signer},
};
use sentinel_interface::SentinelError;

/// One more than the longest list of seeds: the bump follows them.
const MAX_SEEDS: usize = 4;

/// An account at the address that its seeds lead to.
pub(crate) struct Pda<'a, const N: usize> {
    seeds: [&'a [u8]; N],
    bump: [u8; 1],
}

impl<'a, const N: usize> Pda<'a, N> {
    /// Searches the canonical address of `seeds` and checks that `account` is there.
    ///
    /// The search costs 1,500 compute units a try: only for accounts about to be created, which cannot
    /// say their bump yet.
    pub(crate) fn find(
        account: &AccountView,
        seeds: [&'a [u8]; N],
        program_id: &Address,
    ) -> Result<Self, Failure> {
        let (address, bump) =
            Address::try_find_program_address(&seeds, program_id).ok_or(SentinelError::WrongAddress)?;
        if account.address() != &address {
            return Err(SentinelError::WrongAddress.into());
        }
        Ok(Self { seeds, bump: [bump] })
    }

    /// An address that was checked before.
    pub(crate) const fn known(seeds: [&'a [u8]; N], bump: u8) -> Self {
        Self { seeds, bump: [bump] }
    }

    pub(crate) const fn bump(&self) -> u8 {
        let [bump] = self.bump;
        bump
    }

    /// Lets `call` sign as this address.
    pub(crate) fn sign<T>(&self, call: impl FnOnce(&Signer<'_, '_>) -> T) -> T {
        const { assert!(N < MAX_SEEDS) }
        let seeds: [Seed<'_>; MAX_SEEDS] =
            array::from_fn(|index| Seed::from(self.seeds.get(index).copied().unwrap_or(&self.bump)));
        call(&Signer::from(seeds.get(..=N).unwrap_or_default()))
    }
}

/// Checks that `account` is at the address of `seeds` and `bump`.
///
/// `bump` must be one that the program wrote itself: the address is not searched again.
pub(crate) fn check<const N: usize>(
    account: &AccountView,
    seeds: &[&[u8]; N],
    bump: u8,
    program_id: &Address,
) -> Result<(), Failure> {
    if account.address() == &Address::derive_address(seeds, Some(bump), program_id) {
        Ok(())
    } else {
        Err(SentinelError::WrongAddress.into())
    }
}
