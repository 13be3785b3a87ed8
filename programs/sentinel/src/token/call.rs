//! Calls of the token programs.

use crate::failure::Failure;
use core::slice;
use pinocchio::{
    AccountView, Address,
    cpi::{Signer, invoke_signed_with_bounds},
    instruction::{InstructionAccount, InstructionView},
};
use sentinel_interface::SentinelError;

/// Most accounts in a call: those of the associated token account program.
const MAX_PARTIES: usize = 6;

/// An account and its part in a call.
#[derive(Clone, Copy)]
pub(super) struct Party<'a> {
    pub(super) account: &'a AccountView,
    pub(super) is_writable: bool,
    pub(super) is_signer: bool,
}

impl<'a> Party<'a> {
    pub(super) const fn readonly(account: &'a AccountView) -> Self {
        Self { account, is_writable: false, is_signer: false }
    }

    pub(super) const fn writable(account: &'a AccountView) -> Self {
        Self { account, is_writable: true, is_signer: false }
    }

    pub(super) const fn signer(account: &'a AccountView) -> Self {
        Self { account, is_writable: false, is_signer: true }
    }
}

// Inlined, for it takes more arguments than the target has registers.
#[inline(always)]
pub(super) fn call<const N: usize>(
    program_id: &Address,
    parties: [Party<'_>; N],
    data: &[u8],
    signer: Option<&Signer<'_, '_>>,
) -> Result<(), Failure> {
    let views = parties.map(|party| party.account);
    let accounts = parties
        .map(|party| InstructionAccount::new(party.account.address(), party.is_writable, party.is_signer));
    invoke(&InstructionView { program_id, accounts: &accounts, data }, &views, signer)
}

/// The one place of the call itself, whose code is long.
#[inline(never)]
fn invoke(
    instruction: &InstructionView<'_, '_, '_, '_>,
    accounts: &[&AccountView],
    signer: Option<&Signer<'_, '_>>,
) -> Result<(), Failure> {
    let signers = signer.map_or(&[][..], slice::from_ref);
    Ok(invoke_signed_with_bounds::<MAX_PARTIES, _>(instruction, accounts, signers)?)
}

/// Instruction data of at most `N` bytes.
pub(super) struct Data<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Data<N> {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let free = self.bytes.get_mut(self.len..).and_then(|free| free.get_mut(..bytes.len()));
        free.ok_or(SentinelError::ArithmeticOverflow)?.copy_from_slice(bytes);
        self.len += bytes.len();
        Ok(())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
