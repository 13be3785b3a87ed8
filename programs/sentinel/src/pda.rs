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
    /// Searches the canonical address of `seeds` and checks that `account` is there: the first of the addresses to which the
    /// bumps from 255 down to 1 lead that is no point of the curve, as every client searches it.
    ///
    /// The runtime's own search costs 1,500 compute units a try, this one some 400. Still only for accounts that cannot say
    /// their bump: those about to be created, and other programs'.
    pub(crate) fn find(
        account: &AccountView,
        seeds: [&'a [u8]; N],
        program_id: &Address,
    ) -> Result<Self, Failure> {
        let address = |bump: &u8| Address::derive_address(&seeds, Some(*bump), program_id);
        let canonical = (1..=u8::MAX).rev().find(|bump| !address(bump).is_on_curve());
        match canonical.filter(|bump| account.address() == &address(bump)) {
            Some(bump) => Ok(Self { seeds, bump: [bump] }),
            None => Err(SentinelError::WrongAddress.into()),
        }
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
