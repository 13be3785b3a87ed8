//! A peer's signed verdict.

use super::{LayoutError, open};
use crate::{
    Address, SentinelError,
    discriminator::{self, DISCRIMINATOR_LEN, Discriminator},
    seeds,
    wire::Writer,
};

/// Which way a verdict goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VerdictKind {
    /// The post is right.
    Like,
    /// The post is wrong.
    Dispute,
}

impl VerdictKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Like, Self::Dispute];

    /// What begins an account of this kind.
    pub const fn discriminator(self) -> Discriminator {
        match self {
            Self::Like => discriminator::LIKE,
            Self::Dispute => discriminator::DISPUTE,
        }
    }

    /// Where the verdict of `voter` on `post` is.
    pub const fn seeds<'a>(self, voter: &'a Address, post: &'a Address) -> [&'a [u8]; 3] {
        match self {
            Self::Like => seeds::like(voter, post),
            Self::Dispute => seeds::dispute(voter, post),
        }
    }

    /// Why nobody gives such a verdict on an own post.
    pub const fn refusal_of_own(self) -> SentinelError {
        match self {
            Self::Like => SentinelError::CannotLikeSelf,
            Self::Dispute => SentinelError::CannotDisputeSelf,
        }
    }

    /// Why nobody gives it twice.
    pub const fn refusal_of_second(self) -> SentinelError {
        match self {
            Self::Like => SentinelError::AlreadyLiked,
            Self::Dispute => SentinelError::AlreadyDisputed,
        }
    }
}

/// One peer's verdict on one post: the accounts `Like` and `Dispute`. There is at most one of a kind, since its address
/// follows from peer and post ([`VerdictKind::seeds`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Which way it goes.
    pub kind: VerdictKind,
    /// Who gave it: a peer's identity.
    pub voter: Address,
    /// Address of the [`Post`](super::Post).
    pub post: Address,
    /// When, in Unix seconds.
    pub timestamp: i64,
    /// Bump of the account's address.
    pub bump: u8,
}

impl Verdict {
    /// Offset of `voter`.
    pub const VOTER_OFFSET: usize = DISCRIMINATOR_LEN;
    /// Offset of `post`.
    pub const POST_OFFSET: usize = Self::VOTER_OFFSET + size_of::<Address>();
    /// Offset of `timestamp`.
    pub const TIMESTAMP_OFFSET: usize = Self::POST_OFFSET + size_of::<Address>();
    /// Offset of `bump`.
    pub const BUMP_OFFSET: usize = Self::TIMESTAMP_OFFSET + size_of::<i64>();
    /// Size of the account in bytes.
    pub const LEN: usize = Self::BUMP_OFFSET + size_of::<u8>();

    /// Reads a verdict of either kind.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` is not exactly a `Like` or a `Dispute`.
    pub fn parse(data: &[u8]) -> Result<Self, LayoutError> {
        match Self::parse_as(VerdictKind::Like, data) {
            Err(LayoutError::WrongDiscriminator) => Self::parse_as(VerdictKind::Dispute, data),
            like => like,
        }
    }

    /// Reads a verdict of one kind.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` is not exactly that.
    pub fn parse_as(kind: VerdictKind, data: &[u8]) -> Result<Self, LayoutError> {
        let mut reader = open(data, kind.discriminator())?;
        let verdict = Self {
            kind,
            voter: reader.array()?,
            post: reader.array()?,
            timestamp: reader.i64()?,
            bump: reader.u8()?,
        };
        reader.end()?;
        Ok(verdict)
    }

    /// Where the verdict is.
    pub const fn seeds(&self) -> [&[u8]; 3] {
        self.kind.seeds(&self.voter, &self.post)
    }

    /// Writes the account into `data`.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` is not [`Verdict::LEN`] long.
    pub fn encode(&self, data: &mut [u8]) -> Result<(), LayoutError> {
        let mut writer = Writer::new(data);
        writer.bytes(&self.kind.discriminator())?;
        writer.bytes(&self.voter)?;
        writer.bytes(&self.post)?;
        writer.i64(self.timestamp)?;
        writer.u8(self.bump)?;
        writer.end()
    }
}

const _: () = {
    assert!(Verdict::VOTER_OFFSET == 8);
    assert!(Verdict::POST_OFFSET == 40);
    assert!(Verdict::TIMESTAMP_OFFSET == 72);
    assert!(Verdict::BUMP_OFFSET == 80);
    assert!(Verdict::LEN == 81);
};
