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
    let needed = after.checked_add(held).ok_or(SentinelError::ArithmeticOverflow)?;
    if let Some(rent) = before.checked_sub(after) {
        let refund = rent.min(account.lamports().saturating_sub(needed));
        pay(account, payer, refund)?;
    } else {
        let lacking = needed.saturating_sub(account.lamports());
        let lamports = after.saturating_sub(before).max(lacking);
        transfer(payer, account, lamports)?;
    }
    Ok(account.resize(len)?)
}
