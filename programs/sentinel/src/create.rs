//! New accounts at program-derived addresses.

use crate::{failure::Failure, lamports::transfer, pda::Pda, sysvar};
use core::slice;
use pinocchio::{AccountView, Address, cpi::Signer};
use pinocchio_system::instructions::{Allocate, Assign, CreateAccount};
use sentinel_interface::SentinelError;

/// What an account needs to live.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// Bytes to begin with.
    pub(crate) space: usize,
    /// Bytes that the payer pays rent for: more than `space` when the account will grow.
    pub(crate) rented: usize,
    /// Lamports on top of the rent.
    pub(crate) extra: u64,
}

impl Size {
    /// An account of fixed size that holds nothing but its rent.
    pub(crate) const fn exact(space: usize) -> Self {
        Self { space, rented: space, extra: 0 }
    }
}

/// An account about to be created.
pub(crate) struct NewAccount<'a> {
    pub(crate) account: &'a AccountView,
    pub(crate) payer: &'a AccountView,
    pub(crate) owner: &'a Address,
    pub(crate) size: Size,
}

impl NewAccount<'_> {
    /// Creates the account, zeroed, at its address `pda`.
    ///
    /// Anybody can send lamports to an address that is known beforehand, and the system program refuses
    /// to create an account that has some; so such an account is filled up, allocated and assigned
    /// instead.
    pub(crate) fn create<const N: usize>(&self, pda: &Pda<'_, N>) -> Result<(), Failure> {
        pda.sign(|signer| self.create_signed(slice::from_ref(signer)))
    }

    #[inline(never)]
    fn create_signed(&self, signers: &[Signer<'_, '_>]) -> Result<(), Failure> {
        let Self { account, payer, owner, size } = *self;
        let rent = sysvar::rent(size.rented)?;
        let lamports = rent.checked_add(size.extra).ok_or(SentinelError::ArithmeticOverflow)?;
        let space = u64::try_from(size.space).map_err(|_| SentinelError::ArithmeticOverflow)?;
        if account.lamports() == 0 {
            let create = CreateAccount { from: payer, to: account, lamports, space, owner };
            return Ok(create.invoke_signed(signers)?);
        }
        transfer(payer, account, lamports.saturating_sub(account.lamports()))?;
        Allocate { account, space }.invoke_signed(signers)?;
        Ok(Assign { account, owner }.invoke_signed(signers)?)
    }
}
