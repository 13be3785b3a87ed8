//! How a network is founded: the program's first instruction.

use sentinel_interface::{Instruction as Request, Parameters, instruction::InitializeAccounts, program_id, seeds};
use solana_sdk::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};

/// The instruction by which `authority` founds a network; `program`'s own key has to sign as well.
#[must_use]
pub fn initialize(program: &Pubkey, authority: &Pubkey, parameters: Parameters) -> Instruction {
    let (state, _) = Pubkey::find_program_address(&seeds::state(), program);
    let accounts = InitializeAccounts {
        authority: authority.to_bytes(),
        program: program.to_bytes(),
        state: state.to_bytes(),
        system_program: program_id::SYSTEM,
    };
    let metas = accounts.metas().map(|meta| AccountMeta {
        pubkey: meta.address.into(),
        is_signer: meta.is_signer,
        is_writable: meta.is_writable,
    });
    Instruction {
        program_id: *program,
        accounts: metas.to_vec(),
        data: Request::Initialize { parameters }.encode().to_vec(),
    }
}
