//! `close_verdict`: clear away a like or dispute.

use crate::{
    Call,
    accounts::{self, is_gone, take},
    failure::Failure,
    lamports::close,
    sysvar,
};
use sentinel_interface::{SentinelError, instruction::CloseVerdictAccounts};

/// Closes a verdict and gives its rent to whoever gave it. Anybody may do that, once it can change nothing any more: the post is
/// gone, or so old that nobody can give a verdict on it, and so none again.
#[inline(never)]
pub(crate) fn close_verdict(call: Call<'_>) -> Result<(), Failure> {
    let Call { program_id, accounts } = call;
    let ([account, voter, post, state], _) = take(accounts, &CloseVerdictAccounts::ROLES)?;
    let state = accounts::state(state, program_id)?;
    let verdict = accounts::verdict(account, program_id)?;
    if voter.address().as_array() != &verdict.voter || post.address().as_array() != &verdict.post {
        return Err(SentinelError::WrongAddress.into());
    }
    if !is_gone(post) {
        let cycle = accounts::post(post, program_id, |post| post.cycle_index)?;
        if state.takes_verdicts(cycle, sysvar::now()?)? {
            return Err(SentinelError::StillCounted.into());
        }
    }
    close(account, voter)
}
