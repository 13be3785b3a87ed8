//! Lamports that change hands.

use crate::failure::Failure;
use pinocchio::AccountView;
use pinocchio_system::instructions::Transfer;
use sentinel_interface::SentinelError;

/// Takes `lamports` from a signer.
#[inline(never)]
pub(crate) fn transfer(from: &AccountView, to: &AccountView, lamports: u64) -> Result<(), Failure> {
    if lamports > 0 {
        Transfer { from, to, lamports }.invoke()?;
    }
    Ok(())
}

/// Pays `lamports` out of an account of this program.
pub(crate) fn pay(from: &mut AccountView, to: &mut AccountView, lamports: u64) -> Result<(), Failure> {
    let left = from.lamports().checked_sub(lamports).ok_or(SentinelError::ArithmeticOverflow)?;
    let paid = to.lamports().checked_add(lamports).ok_or(SentinelError::ArithmeticOverflow)?;
    from.set_lamports(left);
    to.set_lamports(paid);
    Ok(())
}

/// Closes an account of this program for good: all it holds goes to `to`, and nothing is left at its address but what
/// somebody may send there.
pub(crate) fn close(account: &mut AccountView, to: &mut AccountView) -> Result<(), Failure> {
    let lamports = account.lamports();
    pay(account, to, lamports)?;
    Ok(account.close()?)
}
