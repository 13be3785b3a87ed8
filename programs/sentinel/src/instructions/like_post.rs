//! `like_post`: confirm another peer's post.

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
    Like, Peer, Post, SentinelError, instruction::LikePostAccounts, program_id::SYSTEM, seeds,
};

/// Records the like and counts it; the owner's karma rises when the liker has enough karma to vote.
#[inline(never)]
pub(crate) fn like_post(call: Call<'_>) -> Result<(), Failure> {
    let Call { program_id, accounts } = call;
    let ([liker, liker_peer, post, owner_peer, like, state, system_program], _) =
        take(accounts, &LikePostAccounts::ROLES)?;
    is_program(system_program, &SYSTEM)?;
    let parameters = accounts::state(state, program_id)?.parameters;
    let voter = accounts::peer(liker_peer, liker.address(), program_id)?.require_active()?;
    let (owner, likes) = accounts::post(post, program_id, |post| (Address::from(post.owner), post.likes))?;
    if &owner == liker.address() {
        return Err(SentinelError::CannotLikeSelf.into());
    }
    let reporter = accounts::peer(owner_peer, &owner, program_id)?;
    record(program_id, liker, post, like)?;

    let likes = likes.checked_add(1).ok_or(SentinelError::ArithmeticOverflow)?;
    Post::set_likes(&mut post.try_borrow_mut()?, likes)?;
    if voter.karma >= parameters.vote_min_karma {
        let karma = reporter.karma.checked_add(parameters.karma_per_like);
        let karma = karma.ok_or(SentinelError::ArithmeticOverflow)?;
        Peer::set_karma(&mut owner_peer.try_borrow_mut()?, karma)?;
    }
    Ok(())
}

/// Creates the like; there can be one for each liker and post.
fn record(
    program_id: &Address,
    liker: &AccountView,
    post: &AccountView,
    like: &mut AccountView,
) -> Result<(), Failure> {
    let (liker_address, post_address) = (liker.address().to_bytes(), post.address().to_bytes());
    let pda = Pda::find(like, seeds::like(&liker_address, &post_address), program_id)?;
    if !like.is_data_empty() {
        return Err(SentinelError::AlreadyLiked.into());
    }
    NewAccount { account: like, payer: liker, owner: program_id, size: Size::exact(Like::LEN) }
        .create(&pda)?;
    let new = Like { liker: liker_address, post: post_address, timestamp: sysvar::now()?, bump: pda.bump() };
    Ok(new.encode(&mut like.try_borrow_mut()?)?)
}
