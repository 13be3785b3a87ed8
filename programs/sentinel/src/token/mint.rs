//! Making the NFT.

use super::call::{Data, Party, call};
use crate::{create::Size, failure::Failure, pda::Pda};
use pinocchio::{AccountView, Address, cpi::Signer};
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
pub(crate) struct NewNft<'a> {
    pub(crate) owner: &'a AccountView,
    pub(crate) authority: &'a AccountView,
    pub(crate) mint: &'a AccountView,
    pub(crate) token_account: &'a AccountView,
    pub(crate) token_program: &'a AccountView,
    pub(crate) system_program: &'a AccountView,
}

impl NewNft<'_> {
    /// Makes the NFT and hands it to the owner; after that nobody can mint another one.
    pub(crate) fn mint<const N: usize>(&self, authority: &Pda<'_, N>, uri: Url<'_>) -> Result<(), Failure> {
        self.initialize_close_authority()?;
        self.initialize_metadata_pointer()?;
        self.initialize_mint()?;
        self.create_token_account()?;
        authority.sign(|signer| {
            self.initialize_metadata(uri, signer)?;
            self.mint_one(signer)?;
            self.drop_mint_authority(signer)
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
            Party { account: self.owner, is_writable: true, is_signer: true },
            Party::writable(self.token_account),
            Party::readonly(self.owner),
            Party::readonly(self.mint),
            Party::readonly(self.system_program),
            Party::readonly(self.token_program),
        ];
        call(&Address::new_from_array(ASSOCIATED_TOKEN), accounts, &[CREATE], None)
    }

    fn initialize_metadata(&self, uri: Url<'_>, signer: &Signer<'_, '_>) -> Result<(), Failure> {
        let mut data = Data::<INITIALIZE_METADATA_LEN>::new();
        data.push(&INITIALIZE_METADATA)?;
        for text in [NAME, SYMBOL, uri.as_str()] {
            let len = u32::try_from(text.len()).map_err(|_| SentinelError::ArithmeticOverflow)?;
            data.push(&len.to_le_bytes())?;
            data.push(text.as_bytes())?;
        }
        let accounts = [
            Party::writable(self.mint),
            Party::readonly(self.authority),
            Party::readonly(self.mint),
            Party::signer(self.authority),
        ];
        call(self.token_program.address(), accounts, data.bytes(), Some(signer))
    }

    fn mint_one(&self, signer: &Signer<'_, '_>) -> Result<(), Failure> {
        let mut data = Data::<9>::new();
        data.push(&[MINT_TO])?;
        data.push(&1u64.to_le_bytes())?;
        let accounts =
            [Party::writable(self.mint), Party::writable(self.token_account), Party::signer(self.authority)];
        call(self.token_program.address(), accounts, data.bytes(), Some(signer))
    }

    fn drop_mint_authority(&self, signer: &Signer<'_, '_>) -> Result<(), Failure> {
        let accounts = [Party::writable(self.mint), Party::signer(self.authority)];
        call(self.token_program.address(), accounts, &[SET_AUTHORITY, MINT_TOKENS, NONE], Some(signer))
    }

    fn call_on_mint(&self, data: &[u8]) -> Result<(), Failure> {
        call(self.token_program.address(), [Party::writable(self.mint)], data, None)
    }
}
