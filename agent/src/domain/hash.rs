//! What names the content of a malicious log.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::text_form;

/// Why a text is not a hash or a log id.
#[derive(Debug, thiserror::Error)]
#[error("'{text}' is not {digits} lower case hex digits")]
pub struct ParseHashError {
    text: String,
    digits: usize,
}

/// SHA-256 of a malicious log's bytes, as posted on the ledger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileHash(pub [u8; 32]);

impl FileHash {
    /// Hashes a whole file.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The id under which a log with this hash is served.
    #[must_use]
    pub fn log_id(&self) -> LogId {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        LogId([a, b, c, d, e, f, g, h])
    }

    /// The entity tag that our servers give a log with this hash (RFC 9110, section 8.8.3).
    #[must_use]
    pub fn entity_tag(&self) -> String {
        format!("\"{self}\"")
    }
}

/// Names a log in URLs and on disk: the first 16 hex digits of its hash.
///
/// Nothing but such an id ever becomes part of a path, so no request can name another file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogId(pub [u8; 8]);

fn unhex<const N: usize>(text: &str) -> Result<[u8; N], ParseHashError> {
    let error = || ParseHashError { text: text.chars().take(80).collect(), digits: 2 * N };
    if text.len() != 2 * N || !text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(error());
    }
    let mut bytes = [0; N];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| error())?;
    }
    Ok(bytes)
}

macro_rules! hex_identifier {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        text_form!($name);

        impl FromStr for $name {
            type Err = ParseHashError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                unhex(text).map(Self)
            }
        }
    };
}

hex_identifier!(FileHash);
hex_identifier!(LogId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_id_is_the_first_sixteen_digits_of_the_hash() {
        let hash = FileHash::of(b"abc");
        assert_eq!(hash.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hash.log_id().to_string(), "ba7816bf8f01cfea");
    }

    #[test]
    fn nothing_but_sixteen_lower_case_hex_digits_is_a_log_id() {
        for text in [
            "",
            "ba7816bf8f01cfe",
            "ba7816bf8f01cfea0",
            "BA7816BF8F01CFEA",
            "../../etc/passw",
            "ba7816bf8f01cfe\u{e4}",
        ] {
            assert!(text.parse::<LogId>().is_err(), "{text}");
        }
    }
}
