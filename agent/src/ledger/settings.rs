//! Which ledger, and how sure to be of it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

use super::BoxedError;
use crate::domain::{ParseBase58Error, PeerKey};

/// The address of the Sentinel program on the ledger, in base58.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProgramId(pub [u8; 32]);

impl FromStr for ProgramId {
    type Err = ParseBase58Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Every address on the ledger has the form of a key.
        text.parse().map(|PeerKey(bytes)| Self(bytes))
    }
}

impl TryFrom<String> for ProgramId {
    type Error = ParseBase58Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ProgramId> for String {
    fn from(id: ProgramId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for ProgramId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        PeerKey(self.0).fmt(f)
    }
}

impl fmt::Debug for ProgramId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProgramId({self})")
    }
}

/// How sure the ledger has to be of what it says (Solana's commitment levels).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Commitment {
    /// One node processed it; a fork may undo it.
    Processed,
    /// Two thirds of the stake voted for it.
    #[default]
    Confirmed,
    /// It can no longer be undone; takes about 13 s more.
    Finalized,
}

/// Why settings name no ledger.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not a URL.
    #[error("'{text}' is not a URL: {source}")]
    Syntax {
        /// The text as given.
        text: String,
        /// The parser's reason.
        source: url::ParseError,
    },
    /// A URL of something else.
    #[error("'{url}' is the URL of no ledger: expected {expected}")]
    Scheme {
        /// The URL as given.
        url: String,
        /// The schemes that would do.
        expected: &'static str,
    },
    /// The HTTP client cannot be set up.
    #[error("setting up the client of the ledger: {0}")]
    Client(BoxedError),
}

/// Which ledger to talk to.
#[derive(Clone, Debug)]
pub struct SolanaSettings {
    rpc_url: Url,
    websocket_url: Url,
    program: ProgramId,
    commitment: Commitment,
}

impl SolanaSettings {
    /// Checks the URLs. Without `websocket_url` it is derived as Solana's tools do: `ws` for `http`, `wss` for
    /// `https`, and the next port when the RPC's port is given.
    ///
    /// # Errors
    /// [`SettingsError`] when a URL is none, or one of another scheme.
    pub fn new(
        rpc_url: &str,
        websocket_url: Option<&str>,
        program: ProgramId,
        commitment: Commitment,
    ) -> Result<Self, SettingsError> {
        let rpc_url = parse(rpc_url, ["http", "https"], "http:// or https://")?;
        let websocket_url = match websocket_url {
            Some(text) => parse(text, ["ws", "wss"], "ws:// or wss://")?,
            None => derive_websocket(&rpc_url)?,
        };
        Ok(Self { rpc_url, websocket_url, program, commitment })
    }

    /// Where the JSON-RPC answers.
    #[must_use]
    pub fn rpc_url(&self) -> &str {
        self.rpc_url.as_str()
    }

    /// Where the websocket answers.
    #[must_use]
    pub fn websocket_url(&self) -> &str {
        self.websocket_url.as_str()
    }

    /// The JSON-RPC's endpoint for people to read: without path and query, which often hold an access key.
    #[must_use]
    pub fn rpc_endpoint(&self) -> String {
        self.rpc_url.origin().ascii_serialization()
    }

    /// The websocket's endpoint for people to read, likewise.
    #[must_use]
    pub fn websocket_endpoint(&self) -> String {
        self.websocket_url.origin().ascii_serialization()
    }

    /// The program's address.
    #[must_use]
    pub fn program(&self) -> ProgramId {
        self.program
    }

    /// How sure the ledger has to be.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        self.commitment
    }
}

fn parse(text: &str, schemes: [&str; 2], expected: &'static str) -> Result<Url, SettingsError> {
    let url = Url::parse(text).map_err(|source| SettingsError::Syntax { text: text.to_owned(), source })?;
    if schemes.contains(&url.scheme()) && url.has_host() {
        Ok(url)
    } else {
        Err(SettingsError::Scheme { url: text.to_owned(), expected })
    }
}

fn derive_websocket(rpc: &Url) -> Result<Url, SettingsError> {
    let mut url = rpc.clone();
    let scheme = if rpc.scheme() == "https" { "wss" } else { "ws" };
    let port = rpc.port().map(|port| port.saturating_add(1));
    match url.set_scheme(scheme).and_then(|()| url.set_port(port)) {
        Ok(()) => Ok(url),
        Err(()) => Err(SettingsError::Scheme { url: rpc.to_string(), expected: "http:// or https://" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn websocket_of(rpc: &str) -> String {
        let settings = SolanaSettings::new(rpc, None, ProgramId([1; 32]), Commitment::default()).unwrap();
        settings.websocket_url().to_owned()
    }

    #[test]
    fn the_websocket_is_at_the_next_port_when_the_rpc_has_one() {
        assert_eq!(websocket_of("http://127.0.0.1:8899"), "ws://127.0.0.1:8900/");
        assert_eq!(websocket_of("https://rpc.example:8443/key"), "wss://rpc.example:8444/key");
    }

    #[test]
    fn the_websocket_is_at_the_same_host_when_the_rpc_has_no_port() {
        assert_eq!(websocket_of("https://rpc.example/?api-key=1"), "wss://rpc.example/?api-key=1");
    }

    #[test]
    fn an_access_key_in_the_url_is_not_shown() {
        let program = ProgramId([1; 32]);
        let settings = SolanaSettings::new(
            "https://rpc.example/secret?key=secret",
            None,
            program,
            Commitment::default(),
        );
        let settings = settings.unwrap();
        assert_eq!(settings.rpc_endpoint(), "https://rpc.example");
        assert_eq!(settings.websocket_endpoint(), "wss://rpc.example");
    }

    #[test]
    fn a_url_of_another_scheme_names_no_ledger() {
        for (rpc, websocket) in [
            ("ftp://rpc.example", None),
            ("rpc.example", None),
            ("http://rpc.example", Some("http://rpc.example")),
        ] {
            assert!(
                SolanaSettings::new(rpc, websocket, ProgramId([1; 32]), Commitment::default()).is_err(),
                "{rpc}"
            );
        }
    }
}
