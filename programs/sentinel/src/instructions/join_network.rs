//! `join_network`: become a peer.

use crate::{
    Call,
    accounts::{self, is_gone, is_program, take},
    create::{NewAccount, Size},
    failure::Failure,
    lamports::transfer,
    pda::Pda,
    resize::resize,
    sysvar,
};
use pinocchio::{AccountView, Address};
use sentinel_interface::{
    Opinions, Peer, SentinelError, State, Url, instruction::JoinNetworkAccounts, program_id::SYSTEM, seeds,
};

/// Creates the user's peer account and pays the bond into it; a peer that had left becomes active again, with the karma and the
/// opinions that it had.
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
    let past = Past::of(peer, user.address(), program_id)?;

    let granted = if karma > 0 { karma } else { past.granted };
    let new = Peer {
        user: user_address,
        active: true,
        karma: past.opinions.karma(granted),
        granted,
        bond: state.parameters.bond,
        joined: sysvar::now()?,
        last_post: past.last_post,
        opinions: past.opinions,
        bump: pda.bump(),
        endpoint,
    };
    if is_gone(peer) {
        let size = Size { extra: new.bond, ..Size::exact(new.encoded_len()) };
        NewAccount { account: peer, payer: user, owner: program_id, size }.create(&pda)?;
    } else {
        resize(peer, user, new.encoded_len(), 0)?;
        transfer(user, peer, new.bond)?;
    }
    Ok(new.encode(&mut peer.try_borrow_mut()?)?)
}

/// What a peer brings along from the last time.
struct Past {
    granted: u64,
    last_post: i64,
    opinions: Opinions,
}

impl Past {
    /// The past of a newcomer or of a peer that has left.
    fn of(account: &AccountView, user: &Address, program_id: &Address) -> Result<Self, Failure> {
        if is_gone(account) {
            return Ok(Self { granted: 0, last_post: Peer::NEVER, opinions: Opinions::NONE });
        }
        let past = accounts::peer(account, user, program_id, |peer| {
            let past = Self { granted: peer.granted, last_post: peer.last_post, opinions: peer.opinions };
            (!peer.active).then_some(past)
        });
        past?.ok_or_else(|| SentinelError::AlreadyPeer.into())
    }
}

/// Checks that the next account is the network's authority and signs.
fn require_authority(accounts: &[AccountView], state: &State) -> Result<(), Failure> {
    match accounts.first() {
        Some(account) if account.is_signer() && account.address().as_array() == &state.authority => Ok(()),
        _ => Err(SentinelError::AuthorityRequired.into()),
    }
}
