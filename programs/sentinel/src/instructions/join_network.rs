//! `join_network`: become a peer.

use crate::{
    Call,
    accounts::{self, is_program, take},
    create::{NewAccount, Size},
    failure::Failure,
    pda::Pda,
    sysvar,
};
use pinocchio::AccountView;
use sentinel_interface::{
    Peer, SentinelError, State, Url, instruction::JoinNetworkAccounts, program_id::SYSTEM, seeds,
};

/// Creates the user's peer account and pays the bond into it.
///
/// A newcomer begins without karma; karma to begin with is for founders, whom the authority vouches for
/// with its signature.
#[inline(never)]
pub(crate) fn join_network(call: Call<'_>, endpoint: Url<'_>, karma: u64) -> Result<(), Failure> {
    let Call { program_id, accounts } = call;
    let ([user, peer, state, system_program], rest) = take(accounts, &JoinNetworkAccounts::ROLES)?;
    is_program(system_program, &SYSTEM)?;
    let state = accounts::state(state, program_id)?;
    if karma > 0 {
        require_authority(rest, &state)?;
    }
    let user_address = user.address().to_bytes();
    let pda = Pda::find(peer, seeds::peer(&user_address), program_id)?;
    if !peer.is_data_empty() {
        return Err(SentinelError::AlreadyPeer.into());
    }

    let bond = state.parameters.bond;
    let new = Peer {
        user: user_address,
        active: true,
        karma,
        bond,
        joined: sysvar::now()?,
        bump: pda.bump(),
        endpoint,
    };
    let size = Size { extra: bond, ..Size::exact(new.encoded_len()) };
    NewAccount { account: peer, payer: user, owner: program_id, size }.create(&pda)?;
    Ok(new.encode(&mut peer.try_borrow_mut()?)?)
}

/// Checks that the next account is the network's authority and signs.
fn require_authority(accounts: &[AccountView], state: &State) -> Result<(), Failure> {
    match accounts.first() {
        Some(account) if account.is_signer() && account.address().as_array() == &state.authority => Ok(()),
        _ => Err(SentinelError::AuthorityRequired.into()),
    }
}
