//! The NFT that stands for a post: a Token-2022 mint with supply one and its metadata inside.
//!
//! The post's address is the mint's authority while the NFT is made, and stays its close and metadata
//! authority: only this program can ever sign for it. Where the metadata are found (in the mint) is
//! fixed for good. Instruction data is that of Token-2022, `spl-token-metadata-interface` and the
//! associated token account program.

use crate::{create::Size, failure::Failure, pda::Pda};
use pinocchio::{
    AccountView, Address,
    cpi::{Signer, invoke, invoke_signed},
    instruction::{InstructionAccount, InstructionView},
};
use sentinel_interface::{SentinelError, Url, program_id::ASSOCIATED_TOKEN, url::MAX_URL_LEN};

const NAME: &str = "Sentinel malicious log";
const SYMBOL: &str = "SENTINEL";

/// Type and length before each extension of a mint.
const EXTENSION_HEADER: usize = 4;
/// A mint with extensions: padded to the size of a token account, then the account's type.
const MINT_BASE: usize = 165 + 1;
const CLOSE_AUTHORITY: usize = EXTENSION_HEADER + 32;
const METADATA_POINTER: usize = EXTENSION_HEADER + 32 + 32;
/// Metadata without its texts: update authority, mint, the lengths of name, symbol and URI, and an
/// empty list of further fields.
const METADATA_BASE: usize = EXTENSION_HEADER + 32 + 32 + 4 * size_of::<u32>();

/// Instructions of Token-2022.
const SET_AUTHORITY: u8 = 6;
const MINT_TO: u8 = 7;
const INITIALIZE_MINT_2: u8 = 20;
const INITIALIZE_CLOSE_AUTHORITY: u8 = 25;
const METADATA_POINTER_EXTENSION: u8 = 39;
/// `sha256("spl_token_metadata_interface:initialize_account")[..8]`
const INITIALIZE_METADATA: [u8; 8] = [0xd2, 0xe1, 0x1e, 0xa2, 0x58, 0xb8, 0x4d, 0x8d];
const INITIALIZE_METADATA_LEN: usize = 8 + 3 * size_of::<u32>() + NAME.len() + SYMBOL.len() + MAX_URL_LEN;
/// Sub-instruction of the metadata pointer extension.
const INITIALIZE: u8 = 0;
/// Kind of authority in `SET_AUTHORITY`.
const MINT_TOKENS: u8 = 0;
/// An optional key that is there, or is not.
const SOME: u8 = 1;
const NONE: u8 = 0;
/// An optional key that is not there, in the fixed-size form.
const NOBODY: [u8; 32] = [0; 32];
/// Instruction of the associated token account program.
const CREATE: u8 = 0;

/// The mint's size: Token-2022 wants it without the metadata, and grows it by them itself.
pub(crate) const fn mint_size(uri: Url<'_>) -> Size {
    let space = MINT_BASE + CLOSE_AUTHORITY + METADATA_POINTER;
    let metadata = METADATA_BASE + NAME.len() + SYMBOL.len() + uri.as_str().len();
    Size { space, rented: space + metadata, extra: 0 }
}

/// The accounts that take part in making an NFT. The mint is created already, but blank.
pub(crate) struct Nft<'a> {
    pub(crate) owner: &'a AccountView,
    pub(crate) authority: &'a AccountView,
    pub(crate) mint: &'a AccountView,
    pub(crate) token_account: &'a AccountView,
    pub(crate) token_program: &'a AccountView,
    pub(crate) system_program: &'a AccountView,
}

impl Nft<'_> {
    /// Makes the NFT and hands it to the owner; after that nobody can mint another one.
    pub(crate) fn mint<const N: usize>(&self, authority: &Pda<'_, N>, uri: Url<'_>) -> Result<(), Failure> {
        self.initialize_close_authority()?;
        self.initialize_metadata_pointer()?;
        self.initialize_mint()?;
        self.create_token_account()?;
        authority.sign(|signers| {
            self.initialize_metadata(uri, signers)?;
            self.mint_one(signers)?;
            self.drop_mint_authority(signers)
        })
    }

    fn initialize_close_authority(&self) -> Result<(), Failure> {
        let mut data = Data::<34>::new();
        data.push(&[INITIALIZE_CLOSE_AUTHORITY, SOME])?;
        data.push(self.authority.address().as_array())?;
        self.call_on_mint(data.bytes())
    }

    fn initialize_metadata_pointer(&self) -> Result<(), Failure> {
        let mut data = Data::<66>::new();
        data.push(&[METADATA_POINTER_EXTENSION, INITIALIZE])?;
        data.push(&NOBODY)?;
        data.push(self.mint.address().as_array())?;
        self.call_on_mint(data.bytes())
    }

    fn initialize_mint(&self) -> Result<(), Failure> {
        let decimals = 0;
        let mut data = Data::<35>::new();
        data.push(&[INITIALIZE_MINT_2, decimals])?;
        data.push(self.authority.address().as_array())?;
        data.push(&[NONE])?;
        self.call_on_mint(data.bytes())
    }

    fn create_token_account(&self) -> Result<(), Failure> {
        let accounts = [
            InstructionAccount::writable_signer(self.owner.address()),
            InstructionAccount::writable(self.token_account.address()),
            InstructionAccount::readonly(self.owner.address()),
            InstructionAccount::readonly(self.mint.address()),
            InstructionAccount::readonly(self.system_program.address()),
            InstructionAccount::readonly(self.token_program.address()),
        ];
        let program_id = &Address::new_from_array(ASSOCIATED_TOKEN);
        let instruction = InstructionView { program_id, accounts: &accounts, data: &[CREATE] };
        let views =
            [self.owner, self.token_account, self.owner, self.mint, self.system_program, self.token_program];
        Ok(invoke(&instruction, &views)?)
    }

    fn initialize_metadata(&self, uri: Url<'_>, signers: &[Signer<'_, '_>]) -> Result<(), Failure> {
        let mut data = Data::<INITIALIZE_METADATA_LEN>::new();
        data.push(&INITIALIZE_METADATA)?;
        for text in [NAME, SYMBOL, uri.as_str()] {
            let len = u32::try_from(text.len()).map_err(|_| SentinelError::ArithmeticOverflow)?;
            data.push(&len.to_le_bytes())?;
            data.push(text.as_bytes())?;
        }
        let accounts = [
            InstructionAccount::writable(self.mint.address()),
            InstructionAccount::readonly(self.authority.address()),
            InstructionAccount::readonly(self.mint.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        let views = [self.mint, self.authority, self.mint, self.authority];
        self.call(&accounts, &views, data.bytes(), signers)
    }

    fn mint_one(&self, signers: &[Signer<'_, '_>]) -> Result<(), Failure> {
        let mut data = Data::<9>::new();
        data.push(&[MINT_TO])?;
        data.push(&1u64.to_le_bytes())?;
        let accounts = [
            InstructionAccount::writable(self.mint.address()),
            InstructionAccount::writable(self.token_account.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        self.call(&accounts, &[self.mint, self.token_account, self.authority], data.bytes(), signers)
    }

    fn drop_mint_authority(&self, signers: &[Signer<'_, '_>]) -> Result<(), Failure> {
        let accounts = [
            InstructionAccount::writable(self.mint.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        let data = [SET_AUTHORITY, MINT_TOKENS, NONE];
        self.call(&accounts, &[self.mint, self.authority], &data, signers)
    }

    fn call_on_mint(&self, data: &[u8]) -> Result<(), Failure> {
        self.call(&[InstructionAccount::writable(self.mint.address())], &[self.mint], data, &[])
    }

    // Inlined, for it takes more arguments than the target has registers.
    #[inline(always)]
    fn call<const N: usize>(
        &self,
        accounts: &[InstructionAccount<'_>; N],
        views: &[&AccountView; N],
        data: &[u8],
        signers: &[Signer<'_, '_>],
    ) -> Result<(), Failure> {
        let instruction = InstructionView { program_id: self.token_program.address(), accounts, data };
        Ok(invoke_signed(&instruction, views, signers)?)
    }
}

/// Instruction data of at most `N` bytes.
struct Data<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Data<N> {
    const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let free = self.bytes.get_mut(self.len..).and_then(|free| free.get_mut(..bytes.len()));
        free.ok_or(SentinelError::ArithmeticOverflow)?.copy_from_slice(bytes);
        self.len += bytes.len();
        Ok(())
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
