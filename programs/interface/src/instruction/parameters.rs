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
    /// Karma that the owner of a post gains by each like that counts.
    pub karma_per_like: u64,
    /// Karma that a liker needs for the like to count towards the owner's karma.
    pub vote_min_karma: u64,
}

impl Parameters {
    /// Size of the encoded parameters in bytes.
    pub const LEN: usize = size_of::<i64>() + 3 * size_of::<u64>();

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, LayoutError> {
        Ok(Self {
            cycle_length: reader.i64()?,
            bond: reader.u64()?,
            karma_per_like: reader.u64()?,
            vote_min_karma: reader.u64()?,
        })
    }

    pub(crate) fn write(&self, writer: &mut Writer<'_>) -> Result<(), LayoutError> {
        writer.i64(self.cycle_length)?;
        writer.u64(self.bond)?;
        writer.u64(self.karma_per_like)?;
        writer.u64(self.vote_min_karma)
    }
}

const _: () = assert!(Parameters::LEN == 32);
