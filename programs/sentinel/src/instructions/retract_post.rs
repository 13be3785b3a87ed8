//! `retract_post`: take an own post back.

use crate::{
    Call,
    accounts::{self, take},
    failure::Failure,
};
use sentinel_interface::{Post, SentinelError, instruction::RetractPostAccounts};

/// Marks the post as taken back, so that whoever follows the ledger unblocks what it accused. Its owner does that, whether active
/// or not.
///
/// A mark, and not the post's end, since followers hear of an account that changed and not of one that was closed.
#[inline(never)]
pub(crate) fn retract_post(call: Call<'_>) -> Result<(), Failure> {
    let Call { program_id, accounts } = call;
    let ([owner, post], _) = take(accounts, &RetractPostAccounts::ROLES)?;
    let (post_owner, is_retracted) = accounts::post(post, program_id, |post| (post.owner, post.retracted))?;
    if owner.address().as_array() != &post_owner {
        return Err(SentinelError::ForeignPost.into());
    }
    if is_retracted {
        return Err(SentinelError::Retracted.into());
    }
    Ok(Post::retract(&mut post.try_borrow_mut()?)?)
}
