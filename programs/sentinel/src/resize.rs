//! Accounts that become longer or shorter.

use crate::{
    failure::Failure,
    lamports::{pay, transfer},
    sysvar,
};
use pinocchio::{AccountView, Resize};
use sentinel_interface::SentinelError;

/// Makes `account` `len` bytes long. `payer` pays the rent of what is added, or gets back that of what goes.
///
/// `held` lamports of the account are no rent and stay in it. The ledger's rent may have changed since the
/// account was made: what the account holds above it then pays for nobody's bytes, and what it lacks is paid
/// by who grows it or kept from the refund. Only growing needs the payer's signature and the system program.
pub(crate) fn resize(
    account: &mut AccountView,
    payer: &mut AccountView,
    len: usize,
    held: u64,
) -> Result<(), Failure> {
    let (before, after) = (sysvar::rent(account.data_len())?, sysvar::rent(len)?);
    if after <= before {
        let refund = refund(account, len, held)?;
        pay(account, payer, refund)?;
    } else {
        let needed = after.checked_add(held).ok_or(SentinelError::ArithmeticOverflow)?;
        let lacking = needed.saturating_sub(account.lamports());
        transfer(payer, account, after.saturating_sub(before).max(lacking))?;
    }
    Ok(account.resize(len)?)
}

/// Lamports that come back when `account` becomes `len` bytes long: none when it grows.
pub(crate) fn refund(account: &AccountView, len: usize, held: u64) -> Result<u64, Failure> {
    let (before, after) = (sysvar::rent(account.data_len())?, sysvar::rent(len)?);
    let needed = after.checked_add(held).ok_or(SentinelError::ArithmeticOverflow)?;
    Ok(before.saturating_sub(after).min(account.lamports().saturating_sub(needed)))
}
