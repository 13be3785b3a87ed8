//! What the program can be asked.
//!
//! The accounts that go with each instruction, and their order, are in [`accounts`].

pub mod accounts;
mod parameters;
#[cfg(test)]
mod tests;

pub use accounts::{
    AccountMeta, AccountRole, AddMirrorAccounts, AdvanceCycleAccounts, CloseVerdictAccounts,
    DisputePostAccounts, InitializeAccounts, JoinNetworkAccounts, LeaveNetworkAccounts, LikePostAccounts,
    MintNftAccounts, RemoveMirrorAccounts, RetirePostAccounts, RetractPostAccounts, SetEndpointAccounts,
};
pub use parameters::Parameters;

use crate::{
    FileHash, SentinelError, Url,
    account::LayoutError,
    discriminator::{self, DISCRIMINATOR_LEN, Discriminator},
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
    /// Makes the signer a peer, against the bond; also one that had left.
    JoinNetwork {
        /// Where the peer's agent answers.
        endpoint: Url<'a>,
        /// Karma that the network's authority grants: 0, unless it signs too.
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
    /// Says that another peer's post is wrong.
    DisputePost,
    /// Takes the signer's own post back.
    RetractPost,
    /// Closes the signer's own post and its NFT, for their rent.
    RetirePost,
    /// Closes a like or dispute that can change nothing any more, for its rent.
    CloseVerdict,
    /// Ends the signer's part in the network, for the bond.
    LeaveNetwork,
    /// Records that a cycle is over.
    AdvanceCycle,
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
            discriminator::DISPUTE_POST => Self::DisputePost,
            discriminator::RETRACT_POST => Self::RetractPost,
            discriminator::RETIRE_POST => Self::RetirePost,
            discriminator::CLOSE_VERDICT => Self::CloseVerdict,
            discriminator::LEAVE_NETWORK => Self::LeaveNetwork,
            discriminator::ADVANCE_CYCLE => Self::AdvanceCycle,
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

    /// What the instruction's data begin with.
    pub const fn discriminator(&self) -> Discriminator {
        match self {
            Self::Initialize { .. } => discriminator::INITIALIZE,
            Self::JoinNetwork { .. } => discriminator::JOIN_NETWORK,
            Self::MintNft { .. } => discriminator::MINT_NFT,
            Self::LikePost => discriminator::LIKE_POST,
            Self::DisputePost => discriminator::DISPUTE_POST,
            Self::RetractPost => discriminator::RETRACT_POST,
            Self::RetirePost => discriminator::RETIRE_POST,
            Self::CloseVerdict => discriminator::CLOSE_VERDICT,
            Self::LeaveNetwork => discriminator::LEAVE_NETWORK,
            Self::AdvanceCycle => discriminator::ADVANCE_CYCLE,
            Self::SetEndpoint { .. } => discriminator::SET_ENDPOINT,
            Self::AddMirror { .. } => discriminator::ADD_MIRROR,
            Self::RemoveMirror { .. } => discriminator::REMOVE_MIRROR,
        }
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), LayoutError> {
        writer.bytes(&self.discriminator())?;
        match self {
            Self::Initialize { parameters } => parameters.write(writer),
            Self::JoinNetwork { endpoint, karma } => {
                writer.url(*endpoint)?;
                writer.u64(*karma)
            }
            Self::MintNft { log_url, file_hash } => {
                writer.url(*log_url)?;
                writer.bytes(file_hash)
            }
            Self::SetEndpoint { endpoint } => writer.url(*endpoint),
            Self::AddMirror { url } | Self::RemoveMirror { url } => writer.url(*url),
            Self::LikePost
            | Self::DisputePost
            | Self::RetractPost
            | Self::RetirePost
            | Self::CloseVerdict
            | Self::LeaveNetwork
            | Self::AdvanceCycle => Ok(()),
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
