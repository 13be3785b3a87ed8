//! `leave_network`: take part no more.

use crate::{
    Call,
    accounts::{self, take},
    failure::Failure,
    lamports::pay,
    sysvar,
};
use sentinel_interface::{Peer, instruction::LeaveNetworkAccounts};

/// Makes the user's peer inactive and gives the bond back, unless others think too badly of the peer: then the state keeps it.
///
/// The account stays, with its karma and opinions, so that nobody washes off a bad record by leaving and joining again.
#[inline(never)]
pub(crate) fn leave_network(call: Call<'_>) -> Result<(), Failure> {
    let Call { program_id, accounts } = call;
    let ([user, peer, state], _) = take(accounts, &LeaveNetworkAccounts::ROLES)?;
    let parameters = accounts::state(state, program_id)?.parameters;
    let (bond, last_post, is_good) = accounts::active_peer(peer, user.address(), program_id, |peer| {
        (peer.bond, peer.last_post, peer.opinions.is_good_standing())
    })?;
    parameters.check_leaving(last_post, sysvar::now()?)?;

    // What a rent that rose since needs of the bond stays: below its rent no account may be.
    let bond = bond.min(peer.lamports().saturating_sub(sysvar::rent(peer.data_len())?));
    pay(peer, if is_good { user } else { state }, bond)?;
    Ok(Peer::leave(&mut peer.try_borrow_mut()?)?)
}
