//! The record of one malicious log.

use super::{EncodedMirrors, LayoutError, Mirrors, VerdictKind, open};
use crate::{
    Address, FileHash, Url,
    discriminator::{self, DISCRIMINATOR_LEN},
    wire::{Writer, put, url_len},
};

/// One published malicious log; PDA [`seeds::post`](crate::seeds::post).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Post<'a> {
    /// Who published it: a peer's identity.
    pub owner: Address,
    /// Mint of the NFT that stands for it.
    pub nft_mint: Address,
    /// SHA-256 of the log.
    pub file_hash: FileHash,
    /// The cycle in which it was published.
    pub cycle_index: u64,
    /// When it was published, in Unix seconds.
    pub timestamp: i64,
    /// How many peers liked it.
    pub likes: u64,
    /// How many peers disputed it.
    pub disputes: u64,
    /// Whether its owner took it back.
    pub retracted: bool,
    /// Bump of the account's address.
    pub bump: u8,
    /// Where the owner serves the log.
    pub log_url: Url<'a>,
    /// Where other peers serve copies of it: the fields `mirror_urls` and `mirror_owners`.
    pub mirrors: Mirrors<'a>,
}

impl<'a> Post<'a> {
    /// Offset of `owner`.
    pub const OWNER_OFFSET: usize = DISCRIMINATOR_LEN;
    /// Offset of `nft_mint`.
    pub const NFT_MINT_OFFSET: usize = Self::OWNER_OFFSET + size_of::<Address>();
    /// Offset of `file_hash`.
    pub const FILE_HASH_OFFSET: usize = Self::NFT_MINT_OFFSET + size_of::<Address>();
    /// Offset of `cycle_index`.
    pub const CYCLE_INDEX_OFFSET: usize = Self::FILE_HASH_OFFSET + size_of::<FileHash>();
    /// Offset of `timestamp`.
    pub const TIMESTAMP_OFFSET: usize = Self::CYCLE_INDEX_OFFSET + size_of::<u64>();
    /// Offset of `likes`.
    pub const LIKES_OFFSET: usize = Self::TIMESTAMP_OFFSET + size_of::<i64>();
    /// Offset of `disputes`.
    pub const DISPUTES_OFFSET: usize = Self::LIKES_OFFSET + size_of::<u64>();
    /// Offset of `retracted`.
    pub const RETRACTED_OFFSET: usize = Self::DISPUTES_OFFSET + size_of::<u64>();
    /// Offset of `bump`.
    pub const BUMP_OFFSET: usize = Self::RETRACTED_OFFSET + size_of::<bool>();
    /// Offset of `log_url`.
    pub const LOG_URL_OFFSET: usize = Self::BUMP_OFFSET + size_of::<u8>();

    /// Reads the account.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` is not exactly a `Post`.
    pub fn parse(data: &'a [u8]) -> Result<Self, LayoutError> {
        let mut reader = open(data, discriminator::POST)?;
        let post = Self {
            owner: reader.array()?,
            nft_mint: reader.array()?,
            file_hash: reader.array()?,
            cycle_index: reader.u64()?,
            timestamp: reader.i64()?,
            likes: reader.u64()?,
            disputes: reader.u64()?,
            retracted: reader.bool()?,
            bump: reader.u8()?,
            log_url: reader.url()?,
            mirrors: Mirrors::read(&mut reader)?,
        };
        reader.end()?;
        Ok(post)
    }

    /// Size of the account in bytes.
    pub const fn encoded_len(&self) -> usize {
        self.mirrors_offset() + self.mirrors.encoded_len()
    }

    /// Offset of the mirrors, which end the account.
    pub const fn mirrors_offset(&self) -> usize {
        Self::LOG_URL_OFFSET + url_len(self.log_url)
    }

    /// Writes the account into `data`.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` is not [`encoded_len`](Self::encoded_len) long.
    pub fn encode(&self, data: &mut [u8]) -> Result<(), LayoutError> {
        let mut writer = Writer::new(data);
        writer.bytes(&discriminator::POST)?;
        writer.bytes(&self.owner)?;
        writer.bytes(&self.nft_mint)?;
        writer.bytes(&self.file_hash)?;
        writer.u64(self.cycle_index)?;
        writer.i64(self.timestamp)?;
        writer.u64(self.likes)?;
        writer.u64(self.disputes)?;
        writer.u8(u8::from(self.retracted))?;
        writer.u8(self.bump)?;
        writer.url(self.log_url)?;
        self.mirrors.write(&mut writer)?;
        writer.end()
    }

    /// How many verdicts of a kind there were.
    pub const fn count(&self, kind: VerdictKind) -> u64 {
        match kind {
            VerdictKind::Like => self.likes,
            VerdictKind::Dispute => self.disputes,
        }
    }

    /// Overwrites that number in an encoded account.
    ///
    /// # Errors
    /// [`LayoutError::Truncated`] when `data` ends before that field.
    pub fn set_count(data: &mut [u8], kind: VerdictKind, count: u64) -> Result<(), LayoutError> {
        let offset = match kind {
            VerdictKind::Like => Self::LIKES_OFFSET,
            VerdictKind::Dispute => Self::DISPUTES_OFFSET,
        };
        put(data, offset, &count.to_le_bytes())
    }

    /// Takes the post in an encoded account back.
    ///
    /// # Errors
    /// [`LayoutError::Truncated`] when `data` ends before that field.
    pub fn retract(data: &mut [u8]) -> Result<(), LayoutError> {
        put(data, Self::RETRACTED_OFFSET, &[u8::from(true)])
    }

    /// Overwrites the mirrors in an encoded account whose mirrors are at `offset`.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` does not end where the mirrors do.
    pub fn set_mirrors(data: &mut [u8], offset: usize, mirrors: &EncodedMirrors) -> Result<(), LayoutError> {
        let mut writer = Writer::new(data.get_mut(offset..).ok_or(LayoutError::Truncated)?);
        writer.bytes(mirrors)?;
        writer.end()
    }
}

const _: () = {
    assert!(Post::OWNER_OFFSET == 8);
    assert!(Post::NFT_MINT_OFFSET == 40);
    assert!(Post::FILE_HASH_OFFSET == 72);
    assert!(Post::CYCLE_INDEX_OFFSET == 104);
    assert!(Post::TIMESTAMP_OFFSET == 112);
    assert!(Post::LIKES_OFFSET == 120);
    assert!(Post::DISPUTES_OFFSET == 128);
    assert!(Post::RETRACTED_OFFSET == 136);
    assert!(Post::BUMP_OFFSET == 137);
    assert!(Post::LOG_URL_OFFSET == 138);
};
