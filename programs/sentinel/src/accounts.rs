//! Checks of the accounts that an instruction was given.

use crate::{failure::Failure, pda};
use pinocchio::{AccountView, Address, account::Ref};
use sentinel_interface::{Peer, Post, SentinelError, State, Verdict, instruction::AccountRole, seeds};

/// The first `N` accounts, each of which signs and is writable where its role says so.
pub(crate) fn take<'a, const N: usize>(
    accounts: &'a mut [AccountView],
    roles: &[AccountRole; N],
) -> Result<(&'a mut [AccountView; N], &'a mut [AccountView]), Failure> {
    let (taken, rest) = accounts.split_first_chunk_mut().ok_or(SentinelError::NotEnoughAccounts)?;
    for (account, role) in taken.iter().zip(roles) {
        if role.is_signer && !account.is_signer() {
            return Err(SentinelError::MissingSignature.into());
        }
        if role.is_writable && !account.is_writable() {
            return Err(SentinelError::NotWritable.into());
        }
    }
    Ok((taken, rest))
}

/// Checks that `account` is the program `id`, and no forgery that would be called in its place.
pub(crate) fn is_program(account: &AccountView, id: &sentinel_interface::Address) -> Result<(), Failure> {
    if account.address().as_array() == id { Ok(()) } else { Err(SentinelError::WrongProgram.into()) }
}

/// The data of an account that this program owns, and so wrote.
pub(crate) fn own_data<'a>(account: &'a AccountView, program_id: &Address) -> Result<Ref<'a, [u8]>, Failure> {
    if !account.owned_by(program_id) {
        return Err(SentinelError::WrongOwner.into());
    }
    Ok(account.try_borrow()?)
}

/// The network's state.
pub(crate) fn state(account: &AccountView, program_id: &Address) -> Result<State, Failure> {
    let state = State::parse(&own_data(account, program_id)?)?;
    pda::check(account, &seeds::state(), state.bump, program_id)?;
    Ok(state)
}

/// Whether nothing is at the address of `account`: it was never created, or it was closed.
pub(crate) fn is_gone(account: &AccountView) -> bool {
    account.owned_by(&pinocchio_system::ID) && account.is_data_empty()
}

/// Reads with `read` the peer of `user`, whose account `account` must be.
pub(crate) fn peer<T>(
    account: &AccountView,
    user: &Address,
    program_id: &Address,
    read: impl FnOnce(&Peer<'_>) -> T,
) -> Result<T, Failure> {
    if is_gone(account) {
        return Err(SentinelError::NotPeer.into());
    }
    let data = own_data(account, program_id)?;
    let peer = Peer::parse(&data)?;
    pda::check(account, &seeds::peer(user.as_array()), peer.bump, program_id)?;
    Ok(read(&peer))
}

/// The same of a peer that has not left.
pub(crate) fn active_peer<T>(
    account: &AccountView,
    user: &Address,
    program_id: &Address,
    read: impl FnOnce(&Peer<'_>) -> T,
) -> Result<T, Failure> {
    let read = |peer: &Peer<'_>| peer.active.then(|| read(peer));
    peer(account, user, program_id, read)?.ok_or_else(|| SentinelError::NotPeer.into())
}

/// Reads a post of this program with `read`.
pub(crate) fn post<T>(
    account: &AccountView,
    program_id: &Address,
    read: impl FnOnce(&Post<'_>) -> T,
) -> Result<T, Failure> {
    if is_gone(account) {
        return Err(SentinelError::NoPost.into());
    }
    let data = own_data(account, program_id)?;
    let post = Post::parse(&data)?;
    pda::check(account, &seeds::post(&post.nft_mint), post.bump, program_id)?;
    Ok(read(&post))
}

/// A like or a dispute.
pub(crate) fn verdict(account: &AccountView, program_id: &Address) -> Result<Verdict, Failure> {
    if is_gone(account) {
        return Err(SentinelError::NoVerdict.into());
    }
    let verdict = Verdict::parse(&own_data(account, program_id)?)?;
    pda::check(account, &verdict.seeds(), verdict.bump, program_id)?;
    Ok(verdict)
}
