//! `add_mirror`: serve a copy of a post's log.

use crate::{
    Call,
    accounts::{self, is_program, take},
    failure::Failure,
    resize::resize,
    sysvar,
};
use sentinel_interface::{
    Mirror, Post, SentinelError, Url, instruction::AddMirrorAccounts, program_id::SYSTEM,
};

/// Adds the user's copy to the post's mirrors: one a peer, and no more than there is room for.
///
/// The URL lies under the peer's own endpoint, so that a mirror sends nobody to a server to which its
/// peer's endpoint would not send them anyway. The post's owner may add one too: after a move, it is the
/// way to say where the log is now.
///
/// A post that takes no more verdicts gets no more mirrors, so that nobody keeps its owner from retiring it.
#[inline(never)]
pub(crate) fn add_mirror(call: Call<'_>, url: Url<'_>) -> Result<(), Failure> {
    let Call { program_id, accounts } = call;
    let ([user, peer, post, state, system_program], _) = take(accounts, &AddMirrorAccounts::ROLES)?;
    is_program(system_program, &SYSTEM)?;
    let state = accounts::state(state, program_id)?;
    if !accounts::active_peer(peer, user.address(), program_id, |peer| url.lies_under(peer.endpoint))? {
        return Err(SentinelError::OutsideEndpoint.into());
    }
    let mirror = Mirror { owner: user.address().to_bytes(), url };
    let (cycle, offset, mirrors) = accounts::post(post, program_id, |post| {
        (post.cycle_index, post.mirrors_offset(), post.mirrors.with(mirror))
    })?;
    if !state.takes_verdicts(cycle, sysvar::now()?)? {
        return Err(SentinelError::PostTooOld.into());
    }
    let mirrors = mirrors?;
    let len = offset.checked_add(mirrors.len()).ok_or(SentinelError::ArithmeticOverflow)?;
    resize(post, user, len, 0)?;
    Ok(Post::set_mirrors(&mut post.try_borrow_mut()?, offset, &mirrors)?)
}
