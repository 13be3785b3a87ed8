//! The network's one account of rules.

use super::{LayoutError, open};
use crate::{
    Address, Parameters,
    discriminator::{self, DISCRIMINATOR_LEN},
    wire::Writer,
};

/// The network's authority, cycle and parameters; PDA [`seeds::state`](crate::seeds::state).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Who initialized the network and may grant karma to founders.
    pub authority: Address,
    /// Number of the cycle that was recorded last, from 0; which one runs, [`cycle_at`](Self::cycle_at) says.
    pub cycle_index: u64,
    /// When that cycle began, in Unix seconds.
    pub cycle_start: i64,
    /// The rules of this network.
    pub parameters: Parameters,
    /// Bump of the account's address.
    pub bump: u8,
}

impl State {
    /// Offset of `authority`.
    pub const AUTHORITY_OFFSET: usize = DISCRIMINATOR_LEN;
    /// Offset of `cycle_index`.
    pub const CYCLE_INDEX_OFFSET: usize = Self::AUTHORITY_OFFSET + size_of::<Address>();
    /// Offset of `cycle_start`.
    pub const CYCLE_START_OFFSET: usize = Self::CYCLE_INDEX_OFFSET + size_of::<u64>();
    /// Offset of `parameters`.
    pub const PARAMETERS_OFFSET: usize = Self::CYCLE_START_OFFSET + size_of::<i64>();
    /// Offset of `bump`.
    pub const BUMP_OFFSET: usize = Self::PARAMETERS_OFFSET + Parameters::LEN;
    /// Size of the account in bytes.
    pub const LEN: usize = Self::BUMP_OFFSET + size_of::<u8>();

    /// Reads the account.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` is not exactly a `State`.
    pub fn parse(data: &[u8]) -> Result<Self, LayoutError> {
        let mut reader = open(data, discriminator::STATE)?;
        let state = Self {
            authority: reader.array()?,
            cycle_index: reader.u64()?,
            cycle_start: reader.i64()?,
            parameters: Parameters::read(&mut reader)?,
            bump: reader.u8()?,
        };
        reader.end()?;
        Ok(state)
    }

    /// Writes the account into `data`.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` is not [`State::LEN`] long.
    pub fn encode(&self, data: &mut [u8]) -> Result<(), LayoutError> {
        let mut writer = Writer::new(data);
        writer.bytes(&discriminator::STATE)?;
        writer.bytes(&self.authority)?;
        writer.u64(self.cycle_index)?;
        writer.i64(self.cycle_start)?;
        self.parameters.write(&mut writer)?;
        writer.u8(self.bump)?;
        writer.end()
    }
}

const _: () = {
    assert!(State::AUTHORITY_OFFSET == 8);
    assert!(State::CYCLE_INDEX_OFFSET == 40);
    assert!(State::CYCLE_START_OFFSET == 48);
    assert!(State::PARAMETERS_OFFSET == 56);
    assert!(State::BUMP_OFFSET == 97);
    assert!(State::LEN == 98);
};
