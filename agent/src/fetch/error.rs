//! Why a log could not be fetched.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use jiff::Timestamp;
use tokio::task::JoinError;

use super::Claim;
use crate::domain::{FileHash, InvalidUrl, PeerKey, TooLarge};

/// Most bytes that are shown of what a server says.
const MAX_SHOWN_BYTES: usize = 200;

/// Why an attempt gave no log.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// The text is not the URL of a log.
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    /// Plain HTTP, which the policy does not allow.
    #[error("plain http is not allowed here")]
    PlainHttp,
    /// The host's name has no address.
    #[error("resolving {host}: {source}")]
    Resolve {
        /// The host.
        host: String,
        /// The resolver's reason.
        source: io::Error,
    },
    /// The host's only addresses are ones that a post must not make us connect to.
    #[error("{address} is an internal address")]
    Internal {
        /// The address.
        address: IpAddr,
    },
    /// The host was not asked: its addresses were, too often and in vain. That says nothing of whoever named it now.
    #[error("{address} is left alone for now: it was asked in vain too often within a minute")]
    LeftAlone {
        /// The last address that was left alone.
        address: IpAddr,
    },
    /// The host was not asked: until there was no more time for it, too many other downloads went on.
    #[error("it was not asked: other downloads went on for {0:?}")]
    NoTurn(Duration),
    /// No connection.
    #[error("connecting to {address}: {source}")]
    Connect {
        /// The last address that was tried.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// Neither the peer's own key nor an authority stands behind the certificate.
    #[error(
        "the certificate of {host} is not this peer's own, and no known authority vouches for it: {source}"
    )]
    Untrusted {
        /// The host.
        host: String,
        /// Why the authorities do not vouch for it.
        source: rustls::Error,
    },
    /// The handshake failed otherwise.
    #[error("TLS with {host}: {source}")]
    Tls {
        /// The host.
        host: String,
        /// What failed.
        source: io::Error,
    },
    /// TLS could not even begin.
    #[error("setting up TLS for {host}: {source}")]
    TlsSetup {
        /// The host.
        host: String,
        /// What failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection broke while the log was coming.
    #[error("the connection broke while the log was read: {source}")]
    Broken {
        /// What failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The exchange failed otherwise.
    #[error("{act}: {source}")]
    Http {
        /// What was being done.
        act: &'static str,
        /// What failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server sends us elsewhere; redirects are never followed.
    #[error("the server redirects ({status}) to '{location}', which is not followed")]
    Redirect {
        /// The status code.
        status: u16,
        /// Where to, at most 200 printable bytes.
        location: String,
    },
    /// The server refuses.
    #[error("the server answered {status}: {message}")]
    Status {
        /// The status code.
        status: u16,
        /// What it says, at most 200 printable bytes.
        message: String,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// The body is packed in a way that was not asked for.
    #[error("the server packs the log as '{coding}', which was not asked for")]
    UnknownCoding {
        /// What it names, at most 200 printable bytes.
        coding: String,
    },
    /// The body cannot be unpacked.
    #[error("unpacking the log ({coding}): {source}")]
    Corrupt {
        /// How it is packed.
        coding: &'static str,
        /// What is wrong with it.
        source: io::Error,
    },
    /// Asked for the rest of a log, the server sends something else.
    #[error("the server was asked for what comes after {held} bytes, and sends another part")]
    WrongRange {
        /// How many bytes were there.
        held: usize,
    },
    /// The body is larger than any log may be.
    #[error("the server sends {0}")]
    TooLarge(TooLarge),
    /// It took too long.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The bytes are not those that were posted.
    #[error("the bytes hash to {found}, the ledger says {expected}")]
    HashMismatch {
        /// What the ledger says.
        expected: FileHash,
        /// What came.
        found: FileHash,
    },
    /// The agent is stopping.
    #[error("hashing the log: {0}")]
    Stopped(#[from] JoinError),
}

impl AttemptError {
    /// Whether another try at the same place cannot end otherwise: what the post says is at fault, or the bytes there are.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Url(_)
                | Self::PlainHttp
                | Self::Internal { .. }
                | Self::Redirect { .. }
                | Self::TooLarge(_)
                | Self::UnknownCoding { .. }
                | Self::HashMismatch { .. }
        )
    }

    /// Whether anybody was asked at all: who was not did not fail.
    #[must_use]
    pub fn was_asked(&self) -> bool {
        !matches!(self, Self::LeftAlone { .. } | Self::NoTurn(_))
    }

    /// Whether the same place may do better within a minute.
    pub(super) fn may_pass(&self) -> bool {
        let stays = matches!(self, Self::Untrusted { .. } | Self::TlsSetup { .. });
        !stays && !self.is_final()
    }

    /// When the server wants to be asked again, where it said so.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        if let Self::Status { retry_after, .. } = self { *retry_after } else { None }
    }
}

/// A place that did not give the log.
#[derive(Debug)]
pub struct FailedAttempt {
    /// The URL as posted.
    pub url: String,
    /// Whose server it is, where that is known.
    pub peer: Option<PeerKey>,
    /// On whose word it was.
    pub claim: Claim,
    /// How often it was tried; not at all where it was left alone.
    pub tries: u32,
    /// When it was tried last.
    pub at: Timestamp,
    /// Why it gave no log then.
    pub error: AttemptError,
}

/// No holder gave the log.
#[derive(Debug, thiserror::Error)]
#[error("fetching log {id}: {}", Listed(attempts), id = file_hash.log_id())]
pub struct FetchError {
    /// What the log must hash to.
    pub file_hash: FileHash,
    /// Every place that was tried, in the order in which they were first.
    pub attempts: Vec<FailedAttempt>,
}

struct Listed<'a>(&'a [FailedAttempt]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, FailedAttempt { url, tries, error, .. }) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {error}", url.escape_debug())?;
            if *tries > 1 {
                write!(f, " ({tries} tries)")?;
            }
        }
        Ok(())
    }
}

/// At most 200 bytes of visible ASCII, so that nobody's answer can play with a terminal or a log.
pub(super) fn printable(bytes: &[u8]) -> String {
    let visible = |byte: &u8| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' };
    bytes.iter().take(MAX_SHOWN_BYTES).map(visible).collect()
}
