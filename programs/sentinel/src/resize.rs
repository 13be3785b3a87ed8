//! Accounts that become longer or shorter.

use crate::{failure::Failure, sysvar};
use pinocchio::{AccountView, Resize};
use pinocchio_system::instructions::Transfer;
use sentinel_interface::SentinelError;

/// Makes `account` `len` bytes long. `payer` pays the rent of what is added, or gets back that of what goes.
///
/// `held` lamports of the account are no rent and stay in it. Only growing needs the payer's signature and
/// the system program.
pub(crate) fn resize(
    account: &mut AccountView,
    payer: &mut AccountView,
    len: usize,
    held: u64,
) -> Result<(), Failure> {
    let (before, after) = (sysvar::rent(account.data_len())?, sysvar::rent(len)?);
    if let Some(refund) = before.checked_sub(after) {
        let left = account.lamports().checked_sub(refund).ok_or(SentinelError::ArithmeticOverflow)?;
        let paid = payer.lamports().checked_add(refund).ok_or(SentinelError::ArithmeticOverflow)?;
        account.set_lamports(left);
        payer.set_lamports(paid);
    } else {
        let needed = after.checked_add(held).ok_or(SentinelError::ArithmeticOverflow)?;
        let lamports = needed.saturating_sub(account.lamports());
        Transfer { from: payer, to: account, lamports }.invoke()?;
    }
    Ok(account.resize(len)?)
}
