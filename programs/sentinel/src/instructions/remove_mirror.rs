//! `remove_mirror`: a copy of a post's log is served no more.

use crate::{
    Call,
    accounts::{self, take},
    failure::Failure,
    resize::{refund, resize},
    sysvar,
};
use sentinel_interface::{Mirror, Post, SentinelError, Url, instruction::RemoveMirrorAccounts};

/// Takes a peer's copy off the post's mirrors and gives the peer its rent back.
///
/// The peer itself does that, whether it is active or has left; so does the post's owner, whose post would
/// else be at the mercy of five peers that announce what they do not serve. The ledger takes no payment that leaves
/// a wallet below its rent, so what an emptied one cannot be paid is that owner's.
#[inline(never)]
pub(crate) fn remove_mirror(call: Call<'_>, url: Url<'_>) -> Result<(), Failure> {
    let Call { program_id, accounts } = call;
    let ([user, mirror_owner, post], _) = take(accounts, &RemoveMirrorAccounts::ROLES)?;
    let mirror = Mirror { owner: mirror_owner.address().to_bytes(), url };
    let (owner, offset, mirrors) = accounts::post(post, program_id, |post| {
        (post.owner, post.mirrors_offset(), post.mirrors.without(mirror))
    })?;
    let is_of_owner = user.address().as_array() == &owner;
    if user.address().as_array() != &mirror.owner && !is_of_owner {
        return Err(SentinelError::ForeignMirror.into());
    }
    let mirrors = mirrors?;
    let len = offset.checked_add(mirrors.len()).ok_or(SentinelError::ArithmeticOverflow)?;
    let paid = mirror_owner.lamports().saturating_add(refund(post, len, 0)?);
    let is_payable = paid >= sysvar::rent(mirror_owner.data_len())?;
    resize(post, if is_of_owner && !is_payable { user } else { mirror_owner }, len, 0)?;
    Ok(Post::set_mirrors(&mut post.try_borrow_mut()?, offset, &mirrors)?)
}
