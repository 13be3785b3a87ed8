//! What the program keeps on the ledger.
//!
//! Fields of fixed size come before those that vary, so that `memcmp` filters of an RPC endpoint
//! find them at the `*_OFFSET` constants.
//!
//! Accounts have exactly the size of what they hold: rent is paid by the byte and a usual URL is a
//! quarter of the longest, so padding would make a post a third dearer. An account that grows is
//! resized by the instruction that makes it grow. Since sizes vary, clients select by discriminator
//! (`memcmp` at offset 0), not by `dataSize`.

mod mirrors;
mod peer;
mod post;
mod state;
#[cfg(test)]
mod tests;
mod url_list;
mod verdict;

pub use mirrors::{EncodedMirrors, Mirror, Mirrors};
pub use peer::Peer;
pub use post::Post;
pub use state::State;
pub use url_list::{MAX_MIRRORS, UrlList};
pub use verdict::{Verdict, VerdictKind};

use crate::{
    discriminator::{self, Discriminator},
    url::UrlError,
    wire::Reader,
};
use core::{error::Error, fmt};

/// Any account of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account<'a> {
    /// The network's parameters.
    State(State),
    /// An operator.
    Peer(Peer<'a>),
    /// A published malicious log.
    Post(Post<'a>),
    /// A peer's like or dispute of a post.
    Verdict(Verdict),
}

impl<'a> Account<'a> {
    /// Reads an account by its discriminator.
    ///
    /// # Errors
    /// [`LayoutError`] when `data` is not exactly one account of the program.
    pub fn parse(data: &'a [u8]) -> Result<Self, LayoutError> {
        match Reader::new(data).array()? {
            discriminator::STATE => State::parse(data).map(Self::State),
            discriminator::PEER => Peer::parse(data).map(Self::Peer),
            discriminator::POST => Post::parse(data).map(Self::Post),
            discriminator::LIKE | discriminator::DISPUTE => Verdict::parse(data).map(Self::Verdict),
            _ => Err(LayoutError::WrongDiscriminator),
        }
    }
}

/// Begins reading an account that must be of the kind `expected`.
fn open(data: &[u8], expected: Discriminator) -> Result<Reader<'_>, LayoutError> {
    let mut reader = Reader::new(data);
    if reader.array()? == expected { Ok(reader) } else { Err(LayoutError::WrongDiscriminator) }
}

/// Why bytes are not the account or the instruction they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayoutError {
    /// They end before the value does.
    Truncated,
    /// They go on after the value ends.
    TrailingBytes,
    /// They begin with the discriminator of something else.
    WrongDiscriminator,
    /// A truth value is neither 0 nor 1.
    InvalidBool,
    /// A post lists more mirrors than [`MAX_MIRRORS`].
    TooManyMirrors,
    /// A post lists more or fewer owners of mirrors than mirrors.
    UnevenMirrors,
    /// A URL breaks the rule.
    InvalidUrl(UrlError),
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the data ends too early",
            Self::TrailingBytes => "the data is too long",
            Self::WrongDiscriminator => "the data begins with the discriminator of something else",
            Self::InvalidBool => "a truth value is neither 0 nor 1",
            Self::TooManyMirrors => "the post lists too many mirrors",
            Self::UnevenMirrors => "the post lists more or fewer owners of mirrors than mirrors",
            Self::InvalidUrl(_) => "the data holds an invalid URL",
        })
    }
}

impl Error for LayoutError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::InvalidUrl(error) => Some(error),
            _ => None,
        }
    }
}
