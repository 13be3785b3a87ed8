//! What the Sentinel program and its clients agree on, byte for byte.
//!
//! The program, the agent and the tests read and write through this crate, so a layout, a
//! discriminator, an account order or an error number stands in one place only.
//!
//! - [`account`]: what the program keeps on the ledger, and where each field lies.
//! - [`instruction`]: what it can be asked, and which accounts it wants for that.
//! - [`seeds`]: where its accounts live.
//! - [`opinions`] and [`cycles`]: the rules about karma and time, for the program and for whoever predicts it.
//! - [`error`]: why it refused.
//! - [`url`]: the one rule about URLs.
//! - [`program_id`]: the programs it builds on.
//!
//! Names, seeds and discriminators follow Anchor and the encoding is Borsh, so ordinary Anchor
//! clients work. The crate allocates nothing, depends on nothing and never panics: a client feeds
//! it bytes from an RPC endpoint that may lie.
#![no_std]
#![forbid(unsafe_code)]

pub mod account;
pub mod cycles;
pub mod discriminator;
pub mod error;
pub mod instruction;
pub mod opinions;
pub mod program_id;
pub mod seeds;
pub mod url;
mod wire;

pub use account::{Account, LayoutError, Mirror, Mirrors, Peer, Post, State, Verdict, VerdictKind};
pub use error::SentinelError;
pub use instruction::{Instruction, InstructionData, Parameters};
pub use opinions::Opinions;
pub use url::{Url, UrlError};

/// An Ed25519 public key or a program-derived address: 32 bytes.
pub type Address = [u8; 32];

/// SHA-256 of a malicious log: 32 bytes.
pub type FileHash = [u8; 32];

/// Rules as a network would have them.
#[cfg(test)]
const fn parameters_of_tests() -> Parameters {
    Parameters {
        cycle_length: 86_400,
        bond: 1,
        karma_per_like: 1,
        karma_per_dispute: 5,
        vote_min_karma: 50,
        opinion_limit: 10,
    }
}
