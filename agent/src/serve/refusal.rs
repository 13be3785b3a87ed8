//! Every answer other than the log: why, and under which status code.

use warp::http::StatusCode;

use crate::domain::{PeerKey, REQUEST_VALIDITY_SECONDS};

/// How much of a refusal is the source's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// It proved nothing about who sent it.
    Full,
    /// Whoever sent it has a good key, and may be in a hurry, or sent here by others; or it is our ledger that is
    /// away. But each has to be verified all the same.
    Light,
    /// None of it: a peer is counted by itself.
    None,
}

/// Why a request for a log is refused. Its text is what the client is told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("header {name}: {problem}")]
    Header { name: &'static str, problem: String },
    #[error("the timestamp is {off_by} s off, at most {REQUEST_VALIDITY_SECONDS} s are allowed")]
    Stale { off_by: u64 },
    #[error("{0} is not an active peer on the ledger")]
    NotActive(PeerKey),
    #[error("the ledger cannot be asked who is an active peer; try again later")]
    DirectoryUnavailable,
    #[error("the signature does not match this server's URL of the log, the timestamp and the key")]
    Signature,
    #[error("this signature was used before; sign again with a later timestamp")]
    Replay,
    #[error("this peer made {limit} requests within a minute; try again in {retry_after} s")]
    Rate { limit: usize, retry_after: u64 },
    #[error("this would exceed the peer's {limit} bytes a day; try again in {retry_after} s")]
    Quota { limit: u64, retry_after: u64 },
    #[error("too many refused requests from this address; try again in {retry_after} s")]
    Source { retry_after: u64 },
    #[error("there is no such log here")]
    UnknownLog,
    #[error("the log cannot be read")]
    Storage,
}

impl Refusal {
    /// The status code of the protocol.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Header { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Stale { .. } | Self::Signature | Self::Replay => StatusCode::UNAUTHORIZED,
            Self::NotActive(_) => StatusCode::FORBIDDEN,
            Self::DirectoryUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Rate { .. } | Self::Quota { .. } | Self::Source { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::UnknownLog => StatusCode::NOT_FOUND,
            Self::Storage => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds after which the same request would pass.
    pub(super) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Rate { retry_after, .. }
            | Self::Quota { retry_after, .. }
            | Self::Source { retry_after } => Some(*retry_after),
            _ => None,
        }
    }

    /// Its name in the access log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Header { .. } => "bad header",
            Self::Stale { .. } => "bad timestamp",
            Self::NotActive(_) => "not active",
            Self::DirectoryUnavailable => "ledger unavailable",
            Self::Signature => "bad signature",
            Self::Replay => "replay",
            Self::Rate { .. } => "over the rate",
            Self::Quota { .. } => "over the quota",
            Self::Source { .. } => "flood",
            Self::UnknownLog => "unknown log",
            Self::Storage => "unreadable",
        }
    }

    /// How the source address has to answer for it.
    pub(super) fn blame(&self) -> Blame {
        match self {
            Self::Header { .. }
            | Self::Stale { .. }
            | Self::NotActive(_)
            | Self::Signature
            | Self::Replay => Blame::Full,
            Self::Rate { .. } | Self::DirectoryUnavailable => Blame::Light,
            Self::Quota { .. } | Self::Source { .. } | Self::UnknownLog | Self::Storage => Blame::None,
        }
    }

    /// Whether there is no use in sending more over the same connection.
    pub(super) fn ends_connection(&self) -> bool {
        matches!(self, Self::Source { .. })
    }
}
