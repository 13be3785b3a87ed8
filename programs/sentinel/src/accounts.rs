//! Checks of the accounts that an instruction was given.

use crate::{failure::Failure, pda};
use pinocchio::{AccountView, Address, account::Ref};
use sentinel_interface::{Peer, Post, SentinelError, State, instruction::AccountRole, seeds};

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

/// What the rules ask of a peer.
pub(crate) struct Standing {
    active: bool,
    pub(crate) karma: u64,
    pub(crate) bond: u64,
}

impl Standing {
    /// Refuses a peer that has left.
    pub(crate) fn require_active(self) -> Result<Self, Failure> {
        if self.active { Ok(self) } else { Err(SentinelError::NotPeer.into()) }
    }
}

/// The standing of `user`, whose peer account `account` must be.
pub(crate) fn peer(account: &AccountView, user: &Address, program_id: &Address) -> Result<Standing, Failure> {
    let data = peer_data(account, program_id)?;
    let peer = Peer::parse(&data)?;
    pda::check(account, &seeds::peer(user.as_array()), peer.bump, program_id)?;
    Ok(Standing { active: peer.active, karma: peer.karma, bond: peer.bond })
}

/// The data of a peer account.
pub(crate) fn peer_data<'a>(
    account: &'a AccountView,
    program_id: &Address,
) -> Result<Ref<'a, [u8]>, Failure> {
    if account.owned_by(&pinocchio_system::ID) && account.is_data_empty() {
        return Err(SentinelError::NotPeer.into());
    }
    own_data(account, program_id)
}

/// Reads a post of this program with `read`.
pub(crate) fn post<T>(
    account: &AccountView,
    program_id: &Address,
    read: impl FnOnce(&Post<'_>) -> T,
) -> Result<T, Failure> {
    let data = own_data(account, program_id)?;
    let post = Post::parse(&data)?;
    pda::check(account, &seeds::post(&post.nft_mint), post.bump, program_id)?;
    Ok(read(&post))
}
