//! Which ledger, and how sure to be of it.

use url::Url;

use super::BoxedError;
use crate::domain::{Commitment, ProgramId};

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

/// Where one endpoint answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUrls {
    rpc: Url,
    websocket: Url,
}

impl EndpointUrls {
    /// Checks the URLs. Without `websocket_url` it is derived as Solana's tools do: `ws` for `http`, `wss` for
    /// `https`, and the next port when the RPC's port is given.
    ///
    /// # Errors
    /// [`SettingsError`] when a URL is none, or one of another scheme.
    pub fn new(rpc_url: &str, websocket_url: Option<&str>) -> Result<Self, SettingsError> {
        let rpc = parse(rpc_url, ["http", "https"], "http:// or https://")?;
        let websocket = match websocket_url {
            Some(text) => parse(text, ["ws", "wss"], "ws:// or wss://")?,
            None => derive_websocket(&rpc)?,
        };
        Ok(Self { rpc, websocket })
    }

    /// Where the JSON-RPC answers.
    #[must_use]
    pub fn rpc(&self) -> &str {
        self.rpc.as_str()
    }

    /// Where the websocket answers.
    #[must_use]
    pub fn websocket(&self) -> &str {
        self.websocket.as_str()
    }

    /// The JSON-RPC's endpoint for people to read: without path and query, which often hold an access key.
    #[must_use]
    pub fn rpc_name(&self) -> String {
        self.rpc.origin().ascii_serialization()
    }

    /// The websocket's endpoint for people to read, likewise.
    #[must_use]
    pub fn websocket_name(&self) -> String {
        self.websocket.origin().ascii_serialization()
    }
}

/// Most lamports that one act pays for being preferred, unless the settings say otherwise: ten times a signature's fee.
const MAX_PRIORITY_FEE: u64 = 50_000;

/// Which ledger to talk to.
#[derive(Clone, Debug)]
pub struct SolanaSettings {
    /// Where it answers; the first is asked as long as it does.
    pub(super) first: EndpointUrls,
    /// Who else does, in the order in which they are asked when it does not.
    pub(super) others: Vec<EndpointUrls>,
    /// The program's address.
    pub(super) program: ProgramId,
    /// How sure the ledger has to be.
    pub(super) commitment: Commitment,
    /// Most lamports that one act pays for being preferred.
    pub(super) max_priority_fee: u64,
}

impl SolanaSettings {
    /// A ledger with one endpoint: see [`EndpointUrls::new`].
    ///
    /// # Errors
    /// [`SettingsError`] when a URL is none, or one of another scheme.
    pub fn new(
        rpc_url: &str,
        websocket_url: Option<&str>,
        program: ProgramId,
        commitment: Commitment,
    ) -> Result<Self, SettingsError> {
        let first = EndpointUrls::new(rpc_url, websocket_url)?;
        Ok(Self { first, others: Vec::new(), program, commitment, max_priority_fee: MAX_PRIORITY_FEE })
    }

    /// The same with one more endpoint, behind all others.
    #[must_use]
    pub fn or(mut self, endpoint: EndpointUrls) -> Self {
        self.others.push(endpoint);
        self
    }

    /// The same with another limit on what one act pays for being preferred, in lamports.
    #[must_use]
    pub fn paying_at_most(self, max_priority_fee: u64) -> Self {
        Self { max_priority_fee, ..self }
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
        EndpointUrls::new(rpc, None).unwrap().websocket().to_owned()
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
        let urls = EndpointUrls::new("https://rpc.example/secret?key=secret", None).unwrap();
        assert_eq!(urls.rpc_name(), "https://rpc.example");
        assert_eq!(urls.websocket_name(), "wss://rpc.example");
    }

    #[test]
    fn a_url_of_another_scheme_names_no_ledger() {
        for (rpc, websocket) in [
            ("ftp://rpc.example", None),
            ("rpc.example", None),
            ("http://rpc.example", Some("http://rpc.example")),
        ] {
            assert!(EndpointUrls::new(rpc, websocket).is_err(), "{rpc}");
        }
    }
}
