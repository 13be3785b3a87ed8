//! An operator's account.

use super::{LayoutError, open};
use crate::{
    Address, Opinions, Url,
    discriminator::{self, DISCRIMINATOR_LEN},
    wire::{Writer, put, url_len},
};

/// One operator; PDA [`seeds::peer`](crate::seeds::peer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer<'a> {
    /// The operator's identity.
    pub user: Address,
    /// Whether the peer takes part: only active peers post, like and dispute.
    pub active: bool,
    /// Trust score: what was granted and the sum of the opinions, never less than zero.
    pub karma: u64,
    /// Karma that the network's authority vouched for when the peer joined.
    pub granted: u64,
    /// Lamports held in this account above its rent, to come back on leaving.
    pub bond: u64,
    /// When the peer joined, in Unix seconds.
    pub joined: i64,
    /// When the peer posted last, in Unix seconds; [`NEVER`](Self::NEVER) before its first post.
    pub last_post: i64,
    /// What others think of the peer's posts.
    pub opinions: Opinions,
    /// Bump of the account's address.
    pub bump: u8,
    /// Where the peer's agent answers.
    pub endpoint: Url<'a>,
}

impl<'a> Peer<'a> {
    /// The `last_post` of a peer that never posted: before all times.
    pub const NEVER: i64 = i64::MIN;

    /// Offset of `user`.
    pub const USER_OFFSET: usize = DISCRIMINATOR_LEN;
    /// Offset of `active`.
    pub const ACTIVE_OFFSET: usize = Self::USER_OFFSET + size_of::<Address>();
    /// Offset of `karma`.
    pub const KARMA_OFFSET: usize = Self::ACTIVE_OFFSET + size_of::<bool>();
    /// Offset of `granted`.
    pub const GRANTED_OFFSET: usize = Self::KARMA_OFFSET + size_of::<u64>();
    /// Offset of `bond`.
    pub const BOND_OFFSET: usize = Self::GRANTED_OFFSET + size_of::<u64>();
    /// Offset of `joined`.
    pub const JOINED_OFFSET: usize = Self::BOND_OFFSET + size_of::<u64>();
    /// Offset of `last_post`.
    pub const LAST_POST_OFFSET: usize = Self::JOINED_OFFSET + size_of::<i64>();
    /// Offset of `opinions`.
    pub const OPINIONS_OFFSET: usize = Self::LAST_POST_OFFSET + size_of::<i64>();
    /// Offset of `bump`.
    pub const BUMP_OFFSET: usize = Self::OPINIONS_OFFSET + Opinions::LEN;
    /// Offset of `endpoint`.
    pub const ENDPOINT_OFFSET: usize = Self::BUMP_OFFSET + size_of::<u8>();

    /// Reads the account.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` is not exactly a `Peer`.
    pub fn parse(data: &'a [u8]) -> Result<Self, LayoutError> {
        let mut reader = open(data, discriminator::PEER)?;
        let peer = Self {
            user: reader.array()?,
            active: reader.bool()?,
            karma: reader.u64()?,
            granted: reader.u64()?,
            bond: reader.u64()?,
            joined: reader.i64()?,
            last_post: reader.i64()?,
            opinions: Opinions::from_bytes(reader.array()?),
            bump: reader.u8()?,
            endpoint: reader.url()?,
        };
        reader.end()?;
        Ok(peer)
    }

    /// Size of the account in bytes.
    pub const fn encoded_len(&self) -> usize {
        Self::len_with(self.endpoint)
    }

    /// Size in bytes of the account of a peer with this endpoint.
    pub const fn len_with(endpoint: Url<'_>) -> usize {
        Self::ENDPOINT_OFFSET + url_len(endpoint)
    }

    /// Writes the account into `data`.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` is not [`encoded_len`](Self::encoded_len) long.
    pub fn encode(&self, data: &mut [u8]) -> Result<(), LayoutError> {
        let mut writer = Writer::new(data);
        writer.bytes(&discriminator::PEER)?;
        writer.bytes(&self.user)?;
        writer.u8(u8::from(self.active))?;
        writer.u64(self.karma)?;
        writer.u64(self.granted)?;
        writer.u64(self.bond)?;
        writer.i64(self.joined)?;
        writer.i64(self.last_post)?;
        writer.bytes(self.opinions.as_bytes())?;
        writer.u8(self.bump)?;
        writer.url(self.endpoint)?;
        writer.end()
    }

    /// Overwrites the opinions in an encoded account, and the karma that follows from them and what was `granted`.
    ///
    /// # Errors
    /// [`LayoutError::Truncated`] when `data` ends before those fields.
    pub fn set_opinions(data: &mut [u8], granted: u64, opinions: &Opinions) -> Result<(), LayoutError> {
        put(data, Self::OPINIONS_OFFSET, opinions.as_bytes())?;
        put(data, Self::KARMA_OFFSET, &opinions.karma(granted).to_le_bytes())
    }

    /// Overwrites the time of the last post in an encoded account.
    ///
    /// # Errors
    /// [`LayoutError::Truncated`] when `data` ends before that field.
    pub fn set_last_post(data: &mut [u8], last_post: i64) -> Result<(), LayoutError> {
        put(data, Self::LAST_POST_OFFSET, &last_post.to_le_bytes())
    }

    /// Makes the peer in an encoded account one that takes no part and has no bond.
    ///
    /// # Errors
    /// [`LayoutError::Truncated`] when `data` ends before those fields.
    pub fn leave(data: &mut [u8]) -> Result<(), LayoutError> {
        put(data, Self::ACTIVE_OFFSET, &[u8::from(false)])?;
        put(data, Self::BOND_OFFSET, &0u64.to_le_bytes())
    }

    /// Overwrites the endpoint in an encoded account.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` does not end where the endpoint does.
    pub fn set_endpoint(data: &mut [u8], endpoint: Url<'_>) -> Result<(), LayoutError> {
        let mut writer = Writer::new(data.get_mut(Self::ENDPOINT_OFFSET..).ok_or(LayoutError::Truncated)?);
        writer.url(endpoint)?;
        writer.end()
    }
}

const _: () = {
    assert!(Peer::USER_OFFSET == 8);
    assert!(Peer::ACTIVE_OFFSET == 40);
    assert!(Peer::KARMA_OFFSET == 41);
    assert!(Peer::GRANTED_OFFSET == 49);
    assert!(Peer::BOND_OFFSET == 57);
    assert!(Peer::JOINED_OFFSET == 65);
    assert!(Peer::LAST_POST_OFFSET == 73);
    assert!(Peer::OPINIONS_OFFSET == 81);
    assert!(Peer::BUMP_OFFSET == 209);
    assert!(Peer::ENDPOINT_OFFSET == 210);
};
