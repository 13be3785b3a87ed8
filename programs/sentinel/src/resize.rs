//! Accounts that become longer or shorter.

use crate::{failure::Failure, sysvar};
use pinocchio::{AccountView, Resize};
use pinocchio_system::instructions::Transfer;
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
        let left = account.lamports().checked_sub(refund).ok_or(SentinelError::ArithmeticOverflow)?;
        let paid = payer.lamports().checked_add(refund).ok_or(SentinelError::ArithmeticOverflow)?;
        account.set_lamports(left);
        payer.set_lamports(paid);
    } else {
        let lacking = needed.saturating_sub(account.lamports());
        let lamports = after.saturating_sub(before).max(lacking);
        Transfer { from: payer, to: account, lamports }.invoke()?;
    }
    Ok(account.resize(len)?)
}
