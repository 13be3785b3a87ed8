//! What likes and disputes have in common: all but their direction.

use crate::{
    Call,
    accounts::{self, is_program, take},
    create::{NewAccount, Size},
    failure::Failure,
    pda::Pda,
    sysvar,
};
use pinocchio::{AccountView, Address};
use sentinel_interface::{
    Peer, Post, SentinelError, Verdict, VerdictKind, instruction::AccountRole, program_id::SYSTEM,
};

/// Records the verdict and counts it; the post's owner gains or loses karma when the voter has enough karma to vote.
///
/// The accounts are those of `like_post` and of `dispute_post`, whose `roles` differ in their names alone.
#[inline(never)]
pub(crate) fn give(call: Call<'_>, kind: VerdictKind, roles: &[AccountRole; 7]) -> Result<(), Failure> {
    let Call { program_id, accounts } = call;
    let ([voter, voter_peer, post, owner_peer, verdict, state, system_program], _) = take(accounts, roles)?;
    is_program(system_program, &SYSTEM)?;
    let state = accounts::state(state, program_id)?;
    let karma = accounts::active_peer(voter_peer, voter.address(), program_id, |peer| peer.karma)?;
    let (owner, cycle, is_retracted, count) = accounts::post(post, program_id, |post| {
        (Address::from(post.owner), post.cycle_index, post.retracted, post.count(kind))
    })?;
    let timestamp = sysvar::now()?;
    if &owner == voter.address() {
        return Err(kind.refusal_of_own().into());
    }
    if is_retracted {
        return Err(SentinelError::Retracted.into());
    }
    if !state.takes_verdicts(cycle, timestamp)? {
        return Err(SentinelError::PostTooOld.into());
    }
    let (granted, opinions) =
        accounts::peer(owner_peer, &owner, program_id, |peer| (peer.granted, peer.opinions))?;
    let (from, about) = (voter.address().to_bytes(), post.address().to_bytes());
    record(program_id, voter, verdict, Verdict { kind, voter: from, post: about, timestamp, bump: 0 })?;

    let count = count.checked_add(1).ok_or(SentinelError::ArithmeticOverflow)?;
    Post::set_count(&mut post.try_borrow_mut()?, kind, count)?;
    if state.parameters.lets_vote(karma) {
        let opinions = opinions.after(kind, &from, &state.parameters);
        Peer::set_opinions(&mut owner_peer.try_borrow_mut()?, granted, &opinions)?;
    }
    Ok(())
}

/// Creates the verdict; there can be one of a kind for each voter and post.
fn record(
    program_id: &Address,
    voter: &AccountView,
    account: &mut AccountView,
    verdict: Verdict,
) -> Result<(), Failure> {
    let pda = Pda::find(account, verdict.seeds(), program_id)?;
    if !account.is_data_empty() {
        return Err(verdict.kind.refusal_of_second().into());
    }
    NewAccount { account, payer: voter, owner: program_id, size: Size::exact(Verdict::LEN) }.create(&pda)?;
    Ok(Verdict { bump: pda.bump(), ..verdict }.encode(&mut account.try_borrow_mut()?)?)
}
