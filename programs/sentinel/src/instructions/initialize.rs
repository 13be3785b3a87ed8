//! `initialize`: found the network.

use crate::{
    Call,
    accounts::{is_program, take},
    create::{NewAccount, Size},
    failure::Failure,
    pda::Pda,
    sysvar,
};
use sentinel_interface::{
    Parameters, SentinelError, State, instruction::InitializeAccounts, program_id::SYSTEM, seeds,
};

/// Creates the state and makes the payer the network's authority.
///
/// The program's own key must sign. Only its deployer has it, so nobody can slip in between the
/// deployment and this instruction and become the authority of somebody else's network.
#[inline(never)]
pub(crate) fn initialize(call: Call<'_>, parameters: &Parameters) -> Result<(), Failure> {
    let Call { program_id, accounts } = call;
    let ([authority, program, state, system_program], _) = take(accounts, &InitializeAccounts::ROLES)?;
    is_program(system_program, &SYSTEM)?;
    is_program(program, program_id.as_array())?;
    let pda = Pda::find(state, seeds::state(), program_id)?;
    if !state.is_data_empty() {
        return Err(SentinelError::AlreadyInitialized.into());
    }
    parameters.check()?;

    NewAccount { account: state, payer: authority, owner: program_id, size: Size::exact(State::LEN) }
        .create(&pda)?;
    let new = State {
        authority: authority.address().to_bytes(),
        cycle_index: 0,
        cycle_start: sysvar::now()?,
        parameters: *parameters,
        bump: pda.bump(),
    };
    Ok(new.encode(&mut state.try_borrow_mut()?)?)
}
