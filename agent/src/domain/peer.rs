//! Peers and their karma.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::{Origin, Url};

use super::PeerKey;

/// A peer's trust score on the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Karma(pub u64);

impl std::fmt::Display for Karma {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// An operator's agent as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Who it is.
    pub key: PeerKey,
    /// Whether it may post, like, and fetch logs.
    pub active: bool,
    /// Its trust score now.
    pub karma: Karma,
    /// Where it serves logs.
    pub endpoint: String,
    /// When it joined the network.
    pub joined: Timestamp,
}

/// All peers, as the endpoints of the ledger know them together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Those on whose karma and part all agree, in no order.
    pub agreed: Vec<Peer>,
    /// The others, each with the best that any endpoint says of it: nobody is believed by that.
    pub disagreed: Vec<Peer>,
    /// Whether all endpoints were heard.
    pub is_complete: bool,
}

impl From<Vec<Peer>> for Census {
    /// Where all are heard and nobody disagrees.
    fn from(agreed: Vec<Peer>) -> Self {
        Self { agreed, disagreed: vec![], is_complete: true }
    }
}

impl Peer {
    /// What the URLs on its server begin with, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.endpoint.trim_end_matches('/')
    }

    /// Scheme, host and port of its server; none where its endpoint is no URL.
    #[must_use]
    pub fn server(&self) -> Option<Origin> {
        Url::parse(&self.endpoint).ok().map(|endpoint| endpoint.origin())
    }

    /// Whether a URL is one of its server's.
    #[must_use]
    pub fn serves(&self, url: &str) -> bool {
        let lies_under = url.strip_prefix(self.base_url()).is_some_and(|path| path.starts_with('/'));
        let server = Url::parse(url).ok().map(|url| url.origin());
        // All URLs begin with an endpoint that is a scheme alone.
        lies_under && server.is_some() && server == self.server()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_belongs_to_the_peer_whose_endpoint_it_begins_with() {
        let url = "https://peer-a.example:9000/logs/ba7816bf8f01cfea";
        for (endpoint, is_its) in [
            ("https://peer-a.example:9000", true),
            ("https://peer-a.example:9000/", true),
            ("https://peer-a.example:900", false),
            ("https://peer-b.example:9000", false),
            ("https://", false),
            ("https:", false),
        ] {
            let (key, joined) = (PeerKey([1; 32]), Timestamp::UNIX_EPOCH);
            let peer = Peer { key, active: true, karma: Karma(0), endpoint: endpoint.to_owned(), joined };
            assert_eq!(peer.serves(url), is_its, "{endpoint}");
        }
    }
}
