//! What the program can be asked.
//!
//! The accounts that go with each instruction, and their order, are in [`accounts`].

pub mod accounts;
mod parameters;
#[cfg(test)]
mod tests;

pub use accounts::{
    AccountMeta, AccountRole, AddMirrorAccounts, InitializeAccounts, JoinNetworkAccounts, LikePostAccounts,
    MintNftAccounts, RemoveMirrorAccounts, SetEndpointAccounts,
};
pub use parameters::Parameters;

use crate::{
    FileHash, SentinelError, Url,
    account::LayoutError,
    discriminator::{self, DISCRIMINATOR_LEN},
    url::MAX_URL_LEN,
    wire::{COUNT_LEN, Reader, Writer},
};
use core::ops::Deref;

/// Longest instruction data in bytes: that of `mint_nft` with the longest URL.
pub const MAX_INSTRUCTION_LEN: usize = DISCRIMINATOR_LEN + COUNT_LEN + MAX_URL_LEN + size_of::<FileHash>();

/// An instruction of the program with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction<'a> {
    /// Founds the network; once, by whoever holds the program's own key.
    Initialize {
        /// The rules of this network.
        parameters: Parameters,
    },
    /// Makes the signer a peer, against the bond.
    JoinNetwork {
        /// Where the peer's agent answers.
        endpoint: Url<'a>,
        /// Karma to begin with: 0, unless the network's authority signs too.
        karma: u64,
    },
    /// Publishes a malicious log: its post, and the NFT that stands for it.
    MintNft {
        /// Where the owner serves the log.
        log_url: Url<'a>,
        /// SHA-256 of the log.
        file_hash: FileHash,
    },
    /// Says that another peer's post is right.
    LikePost,
    /// Moves the signer's peer to another endpoint.
    SetEndpoint {
        /// Where the peer's agent answers from now on.
        endpoint: Url<'a>,
    },
    /// Says that the signer serves a copy of a post's log.
    AddMirror {
        /// Where: under the peer's endpoint.
        url: Url<'a>,
    },
    /// Takes such a copy off the post's list.
    RemoveMirror {
        /// Where it was served.
        url: Url<'a>,
    },
}

impl<'a> Instruction<'a> {
    /// Reads instruction data.
    ///
    /// # Errors
    /// [`SentinelError::UnknownInstruction`], [`SentinelError::UrlTooLong`], [`SentinelError::InvalidUrl`],
    /// or [`SentinelError::InvalidInstruction`] for data that ends early or goes on after the arguments.
    pub fn decode(data: &'a [u8]) -> Result<Self, SentinelError> {
        let mut reader = Reader::new(data);
        let instruction = Self::read(&mut reader).map_err(|error| match error {
            LayoutError::WrongDiscriminator => SentinelError::UnknownInstruction,
            LayoutError::InvalidUrl(error) => error.into(),
            _ => SentinelError::InvalidInstruction,
        })?;
        reader.end().map_err(|_| SentinelError::InvalidInstruction)?;
        Ok(instruction)
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, LayoutError> {
        Ok(match reader.array()? {
            discriminator::INITIALIZE => Self::Initialize { parameters: Parameters::read(reader)? },
            discriminator::JOIN_NETWORK => {
                Self::JoinNetwork { endpoint: reader.url()?, karma: reader.u64()? }
            }
            discriminator::MINT_NFT => Self::MintNft { log_url: reader.url()?, file_hash: reader.array()? },
            discriminator::LIKE_POST => Self::LikePost,
            discriminator::SET_ENDPOINT => Self::SetEndpoint { endpoint: reader.url()? },
            discriminator::ADD_MIRROR => Self::AddMirror { url: reader.url()? },
            discriminator::REMOVE_MIRROR => Self::RemoveMirror { url: reader.url()? },
            _ => return Err(LayoutError::WrongDiscriminator),
        })
    }

    /// The instruction's data.
    pub fn encode(&self) -> InstructionData {
        let mut bytes = [0; MAX_INSTRUCTION_LEN];
        let mut writer = Writer::new(&mut bytes);
        let written = self.write(&mut writer);
        let len = MAX_INSTRUCTION_LEN - writer.remaining();
        debug_assert!(written.is_ok(), "MAX_INSTRUCTION_LEN is too small");
        InstructionData { bytes, len }
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), LayoutError> {
        match self {
            Self::Initialize { parameters } => {
                writer.bytes(&discriminator::INITIALIZE)?;
                parameters.write(writer)
            }
            Self::JoinNetwork { endpoint, karma } => {
                writer.bytes(&discriminator::JOIN_NETWORK)?;
                writer.url(*endpoint)?;
                writer.u64(*karma)
            }
            Self::MintNft { log_url, file_hash } => {
                writer.bytes(&discriminator::MINT_NFT)?;
                writer.url(*log_url)?;
                writer.bytes(file_hash)
            }
            Self::LikePost => writer.bytes(&discriminator::LIKE_POST),
            Self::SetEndpoint { endpoint } => {
                writer.bytes(&discriminator::SET_ENDPOINT)?;
                writer.url(*endpoint)
            }
            Self::AddMirror { url } => {
                writer.bytes(&discriminator::ADD_MIRROR)?;
                writer.url(*url)
            }
            Self::RemoveMirror { url } => {
                writer.bytes(&discriminator::REMOVE_MIRROR)?;
                writer.url(*url)
            }
        }
    }
}

/// Encoded instruction data, without an allocation.
#[derive(Clone, Copy, Debug)]
pub struct InstructionData {
    bytes: [u8; MAX_INSTRUCTION_LEN],
    len: usize,
}

impl Deref for InstructionData {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
