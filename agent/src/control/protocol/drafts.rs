//! Malicious logs as they would leave.

use std::net::IpAddr;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::domain::{FileHash, LogId, LogUrl, NamedAccount};

/// Which logs to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "drafts", rename_all = "kebab-case")]
pub enum DraftQuery {
    /// Those of this agent's own that are stored and not posted, one an answer.
    Unposted {
        /// Behind this one.
        after: Option<LogId>,
    },
    /// Those that accuse this address, and what is collected of it so far.
    Against {
        /// Who.
        address: IpAddr,
    },
}

/// Some of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftPage {
    /// The logs.
    pub drafts: Vec<DraftView>,
    /// Behind which log there may be more.
    pub next: Option<LogId>,
    /// Whether this agent publishes what it detects.
    pub publishes: bool,
}

/// A malicious log and its post, to the byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftView {
    /// How far it has come.
    pub state: DraftState,
    /// What it hashes to.
    pub file_hash: FileHash,
    /// Its size in bytes.
    pub bytes: usize,
    /// Whom it accuses.
    pub attackers: Vec<IpAddr>,
    /// The post; none where this agent takes part in no network, or the log concerns nobody else.
    pub post: Option<PostDraft>,
    /// The file.
    pub log: Content,
    /// The lines that were seen, where they are still known.
    pub lines: Vec<LineDraft>,
}

/// How far a log has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DraftState {
    /// A detection that this agent would make of a file.
    Rehearsed,
    /// Events that are too few for a detection as yet.
    Collecting,
    /// Stored, and not published.
    Kept,
    /// On its way to the ledger.
    Queued,
    /// On the ledger.
    Posted,
}

/// What is posted of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostDraft {
    /// Where it is served.
    pub log_url: LogUrl,
    /// What it hashes to.
    pub file_hash: FileHash,
    /// The accounts that the transaction names.
    pub accounts: Vec<NamedAccount>,
}

/// A line as it was read, and as it leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineDraft {
    /// As it was read: private.
    pub seen: Content,
    /// As it leaves; none when it does not.
    pub leaves: Option<Content>,
}

/// Bytes, as text where they are UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// UTF-8.
    Text(String),
    /// Anything else, in base64 (RFC 4648, section 4).
    Base64(String),
}

impl Content {
    /// These bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes)
            .map_or_else(|error| Self::Base64(STANDARD.encode(error.as_bytes())), Self::Text)
    }

    /// The bytes again; none from base64 that is none.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Base64(text) => STANDARD.decode(text).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_what_they_are_whether_they_are_text_or_not() {
        for bytes in [b"a line\n".as_slice(), b"\xff\xfe\n", b""] {
            let content = Content::new(bytes.to_vec());
            let json = serde_json::to_string(&content).unwrap();
            assert_eq!(serde_json::from_str::<Content>(&json).unwrap().bytes(), bytes, "{json}");
        }
    }
}
