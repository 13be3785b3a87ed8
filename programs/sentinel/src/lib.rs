//! The Sentinel program: who is a peer, what they posted, who liked and who disputed it, and what karma follows.
//!
//! Every instruction is one file under `instructions` and reads in the same order: take the
//! accounts (their number, signers and writability come from the interface), check what each one is,
//! check the rules, change the ledger. Layouts, account orders, seeds, errors and the rules about karma and
//! cycles are those of [`sentinel_interface`], so that program and clients cannot disagree.
//!
//! The build for the chain has no overflow checks; arithmetic on amounts is checked by hand.
#![no_std]

mod accounts;
mod create;
#[cfg(target_arch = "bpf")]
mod entrypoint;
mod failure;
mod instructions;
mod lamports;
#[cfg(target_arch = "bpf")]
mod memory;
mod pda;
mod resize;
mod sysvar;
mod token;
mod verdict;

use failure::Failure;
use pinocchio::{AccountView, Address, ProgramResult};
use sentinel_interface::Instruction;

/// One call of the program.
///
/// Instructions take it as one argument: on this target a function has no more than five registers for
/// arguments and none on the stack, and a slice takes two.
struct Call<'a> {
    program_id: &'a Address,
    accounts: &'a mut [AccountView],
}

/// Runs one instruction.
///
/// # Errors
/// A [`SentinelError`](sentinel_interface::SentinelError) as a custom error, or what a program called
/// on the way reported.
pub fn process(program_id: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
    Ok(dispatch(Call { program_id, accounts }, data)?)
}

fn dispatch(call: Call<'_>, data: &[u8]) -> Result<(), Failure> {
    match Instruction::decode(data)? {
        Instruction::Initialize { parameters } => instructions::initialize(call, &parameters),
        Instruction::JoinNetwork { endpoint, karma } => instructions::join_network(call, endpoint, karma),
        Instruction::MintNft { log_url, file_hash } => instructions::mint_nft(call, log_url, &file_hash),
        Instruction::LikePost => instructions::like_post(call),
        Instruction::DisputePost => instructions::dispute_post(call),
        Instruction::RetractPost => instructions::retract_post(call),
        Instruction::RetirePost => instructions::retire_post(call),
        Instruction::CloseVerdict => instructions::close_verdict(call),
        Instruction::LeaveNetwork => instructions::leave_network(call),
        Instruction::AdvanceCycle => instructions::advance_cycle(call),
        Instruction::SetEndpoint { endpoint } => instructions::set_endpoint(call, endpoint),
        Instruction::AddMirror { url } => instructions::add_mirror(call, url),
        Instruction::RemoveMirror { url } => instructions::remove_mirror(call, url),
    }
}
