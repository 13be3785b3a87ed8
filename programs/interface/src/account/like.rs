//! A peer's signed verdict.

use super::{LayoutError, open};
use crate::{
    Address,
    discriminator::{self, DISCRIMINATOR_LEN},
    wire::Writer,
};

/// One peer's like of one post; PDA [`seeds::like`](crate::seeds::like), so there is at most one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Like {
    /// Who liked: a peer's identity.
    pub liker: Address,
    /// Address of the liked [`Post`](super::Post).
    pub post: Address,
    /// When, in Unix seconds.
    pub timestamp: i64,
    /// Bump of the account's address.
    pub bump: u8,
}

impl Like {
    /// Offset of `liker`.
    pub const LIKER_OFFSET: usize = DISCRIMINATOR_LEN;
    /// Offset of `post`.
    pub const POST_OFFSET: usize = Self::LIKER_OFFSET + size_of::<Address>();
    /// Offset of `timestamp`.
    pub const TIMESTAMP_OFFSET: usize = Self::POST_OFFSET + size_of::<Address>();
    /// Offset of `bump`.
    pub const BUMP_OFFSET: usize = Self::TIMESTAMP_OFFSET + size_of::<i64>();
    /// Size of the account in bytes.
    pub const LEN: usize = Self::BUMP_OFFSET + size_of::<u8>();

    /// Reads the account.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` is not exactly a `Like`.
    pub fn parse(data: &[u8]) -> Result<Self, LayoutError> {
        let mut reader = open(data, discriminator::LIKE)?;
        let like = Self {
            liker: reader.array()?,
            post: reader.array()?,
            timestamp: reader.i64()?,
            bump: reader.u8()?,
        };
        reader.end()?;
        Ok(like)
    }

    /// Writes the account into `data`.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` is not [`Like::LEN`] long.
    pub fn encode(&self, data: &mut [u8]) -> Result<(), LayoutError> {
        let mut writer = Writer::new(data);
        writer.bytes(&discriminator::LIKE)?;
        writer.bytes(&self.liker)?;
        writer.bytes(&self.post)?;
        writer.i64(self.timestamp)?;
        writer.u8(self.bump)?;
        writer.end()
    }
}

const _: () = {
    assert!(Like::LIKER_OFFSET == 8);
    assert!(Like::POST_OFFSET == 40);
    assert!(Like::TIMESTAMP_OFFSET == 72);
    assert!(Like::BUMP_OFFSET == 80);
    assert!(Like::LEN == 81);
};
