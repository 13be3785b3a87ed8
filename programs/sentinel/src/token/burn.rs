//! Ending the NFT.

use super::call::{Data, Party, call};
use crate::{failure::Failure, pda::Pda};
use pinocchio::{AccountView, cpi::Signer};

/// Instructions of Token-2022.
const BURN: u8 = 8;
const CLOSE_ACCOUNT: u8 = 9;

/// The accounts that take part in ending an NFT, which gives their rent to the owner.
pub(crate) struct OwnedNft<'a> {
    pub(crate) owner: &'a AccountView,
    pub(crate) authority: &'a AccountView,
    pub(crate) mint: &'a AccountView,
    pub(crate) token_account: &'a AccountView,
    pub(crate) token_program: &'a AccountView,
}

impl OwnedNft<'_> {
    /// Burns the token, which must be the owner's still, and closes its account and the mint.
    pub(crate) fn burn<const N: usize>(&self, authority: &Pda<'_, N>) -> Result<(), Failure> {
        self.burn_one()?;
        self.close(self.token_account, self.owner, None)?;
        authority.sign(|signer| self.close(self.mint, self.authority, Some(signer)))
    }

    fn burn_one(&self) -> Result<(), Failure> {
        let mut data = Data::<9>::new();
        data.push(&[BURN])?;
        data.push(&1u64.to_le_bytes())?;
        let accounts =
            [Party::writable(self.token_account), Party::writable(self.mint), Party::signer(self.owner)];
        call(self.token_program.address(), accounts, data.bytes(), None)
    }

    fn close(
        &self,
        account: &AccountView,
        authority: &AccountView,
        signer: Option<&Signer<'_, '_>>,
    ) -> Result<(), Failure> {
        let accounts = [Party::writable(account), Party::writable(self.owner), Party::signer(authority)];
        call(self.token_program.address(), accounts, &[CLOSE_ACCOUNT], signer)
    }
}
