//! Identifiers that the ledger writes in base58.

use serde::{Deserialize, Serialize};

use super::text_form;

/// Why a text is not the identifier it should be.
#[derive(Debug, thiserror::Error)]
pub enum ParseBase58Error {
    /// A character outside the base58 alphabet, or a checksum of lengths that does not fit.
    #[error("'{text}' is not base58: {source}")]
    Encoding {
        /// The text as given.
        text: String,
        /// The decoder's reason.
        source: bs58::decode::Error,
    },
    /// Valid base58 of the wrong number of bytes.
    #[error("'{text}' is {found} bytes of base58, expected {expected}")]
    Length {
        /// The text as given.
        text: String,
        /// Bytes that the identifier has.
        expected: usize,
        /// Bytes that were found.
        found: usize,
    },
}

fn decode<const N: usize>(text: &str) -> Result<[u8; N], ParseBase58Error> {
    let mut bytes = [0; N];
    let encoding = |source| ParseBase58Error::Encoding { text: text.to_owned(), source };
    match bs58::decode(text).onto(&mut bytes) {
        Ok(found) if found == N => Ok(bytes),
        Ok(found) => Err(ParseBase58Error::Length { text: text.to_owned(), expected: N, found }),
        Err(bs58::decode::Error::BufferTooSmall) => {
            Err(ParseBase58Error::Length { text: text.to_owned(), expected: N, found: N + 1 })
        }
        Err(source) => Err(encoding(source)),
    }
}

macro_rules! base58_identifier {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub [u8; $length]);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&bs58::encode(self.0).into_string())
            }
        }

        text_form!($name);

        impl std::str::FromStr for $name {
            type Err = ParseBase58Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                decode(text).map(Self)
            }
        }
    };
}

base58_identifier! {
    /// A peer: its Ed25519 public key, which is also its address on the ledger.
    PeerKey, 32
}
base58_identifier! {
    /// A post: the address of its account on the ledger.
    PostId, 32
}
base58_identifier! {
    /// The address of the Sentinel program on the ledger.
    ProgramId, 32
}
base58_identifier! {
    /// Any account on the ledger.
    AccountAddress, 32
}
base58_identifier! {
    /// A transaction on the ledger: its first signature.
    TxId, 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_as_it_was_written() {
        let key = PeerKey([7; 32]);
        assert_eq!(key.to_string().parse::<PeerKey>().unwrap(), key);
    }

    #[test]
    fn a_key_of_another_length_is_refused_with_both_lengths() {
        let short = bs58::encode([1; 31]).into_string();
        let long = bs58::encode([1; 40]).into_string();
        assert!(short.parse::<PeerKey>().unwrap_err().to_string().contains("31 bytes"));
        assert!(matches!(long.parse::<PeerKey>(), Err(ParseBase58Error::Length { .. })));
    }

    #[test]
    fn garbage_is_refused() {
        assert!(matches!("0OIl".parse::<PeerKey>(), Err(ParseBase58Error::Encoding { .. })));
    }
}
