//! `set_endpoint`: answer somewhere else from now on.

use crate::{
    Call,
    accounts::{self, is_program, take},
    failure::Failure,
    resize::resize,
};
use sentinel_interface::{Peer, Url, instruction::SetEndpointAccounts, program_id::SYSTEM};

/// Writes the endpoint into the user's own peer account.
///
/// Mirrors announced under the old endpoint stay where they are: their peer withdraws them.
#[inline(never)]
pub(crate) fn set_endpoint(call: Call<'_>, endpoint: Url<'_>) -> Result<(), Failure> {
    let Call { program_id, accounts } = call;
    let ([user, peer, system_program], _) = take(accounts, &SetEndpointAccounts::ROLES)?;
    is_program(system_program, &SYSTEM)?;
    let bond = accounts::active_peer(peer, user.address(), program_id, |peer| peer.bond)?;
    resize(peer, user, Peer::len_with(endpoint), bond)?;
    Ok(Peer::set_endpoint(&mut peer.try_borrow_mut()?, endpoint)?)
}
