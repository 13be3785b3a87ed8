//! The rules of one network, fixed when it is founded.

use crate::{
    account::LayoutError,
    wire::{Reader, Writer},
};

/// The rules that make karma mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// How long a cycle lasts, in seconds; at least 1.
    pub cycle_length: i64,
    /// What joining costs until one leaves in good standing, in lamports.
    pub bond: u64,
    /// By how much a like that counts raises the voter's opinion of the post's owner.
    pub karma_per_like: u64,
    /// By how much a dispute that counts lowers it.
    pub karma_per_dispute: u64,
    /// Karma that a peer needs for its likes and disputes to count.
    pub vote_min_karma: u64,
    /// The most that one voter can add to or take from one peer's karma in all: 1 to 127.
    pub opinion_limit: u8,
}

impl Parameters {
    /// Rules for a network of any size: a cycle is a day, and five peers with 50 karma bring a newcomer there.
    pub const USUAL: Self = Self {
        cycle_length: 86_400,
        bond: 100_000_000,
        karma_per_like: 1,
        karma_per_dispute: 5,
        vote_min_karma: 50,
        opinion_limit: 10,
    };

    /// Size of the encoded parameters in bytes.
    pub const LEN: usize = size_of::<i64>() + 4 * size_of::<u64>() + size_of::<u8>();

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, LayoutError> {
        Ok(Self {
            cycle_length: reader.i64()?,
            bond: reader.u64()?,
            karma_per_like: reader.u64()?,
            karma_per_dispute: reader.u64()?,
            vote_min_karma: reader.u64()?,
            opinion_limit: reader.u8()?,
        })
    }

    pub(crate) fn write(&self, writer: &mut Writer<'_>) -> Result<(), LayoutError> {
        writer.i64(self.cycle_length)?;
        writer.u64(self.bond)?;
        writer.u64(self.karma_per_like)?;
        writer.u64(self.karma_per_dispute)?;
        writer.u64(self.vote_min_karma)?;
        writer.u8(self.opinion_limit)
    }
}

const _: () = assert!(Parameters::LEN == 41);
