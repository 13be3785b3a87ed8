//! `advance_cycle`: record that a cycle is over.

use crate::{
    Call,
    accounts::{self, take},
    failure::Failure,
    sysvar,
};
use sentinel_interface::instruction::AdvanceCycleAccounts;

/// Writes the cycle that runs, and when it began, into the state. Anybody may do that: nothing is decided by it, since
/// whoever asks for the cycle computes it, but who reads the state alone sees how far the network is.
#[inline(never)]
pub(crate) fn advance_cycle(call: Call<'_>) -> Result<(), Failure> {
    let Call { program_id, accounts } = call;
    let ([state], _) = take(accounts, &AdvanceCycleAccounts::ROLES)?;
    let advanced = accounts::state(state, program_id)?.advanced(sysvar::now()?)?;
    Ok(advanced.encode(&mut state.try_borrow_mut()?)?)
}
