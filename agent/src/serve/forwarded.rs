//! Who is behind a reverse proxy, by the word of proxies that are trusted and of nobody else.

use std::net::{IpAddr, SocketAddr};

use ipnetwork::IpNetwork;
use warp::http::HeaderMap;

/// The header to which each proxy adds, at its end, the address that a request came to it from.
const HEADER: &str = "x-forwarded-for";

/// The reverse proxies whose word about their clients counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Proxies(Vec<IpNetwork>);

impl From<Vec<IpNetwork>> for Proxies {
    fn from(networks: Vec<IpNetwork>) -> Self {
        Self(networks)
    }
}

impl Proxies {
    /// Whether what comes from this address comes from a trusted proxy.
    pub(super) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(address))
    }

    /// The client of a request that came over a connection from `address`.
    ///
    /// From the right, the first address that is no trusted proxy's: what stands left of it is the client's own word.
    /// Where something else than an address stands, it is the proxy that wrote it.
    pub(super) fn client(&self, address: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = address.to_canonical();
        let values: Vec<&[u8]> = headers.get_all(HEADER).iter().map(AsRef::as_ref).collect();
        let mut hops = values.iter().rev().flat_map(|value| value.rsplit(|byte| *byte == b','));
        while self.trust(client) {
            match hops.next().and_then(hop) {
                Some(next) => client = next,
                None => break,
            }
        }
        client
    }
}

/// An address as proxies write it, perhaps with a port.
fn hop(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?.trim();
    let address = text.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    let address = address.or_else(|_| text.trim_start_matches('[').trim_end_matches(']').parse());
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(from: &str, values: &[&str]) -> String {
        let networks = ["127.0.0.0/8", "::1/128", "10.0.0.0/24"].map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, value.parse().unwrap());
        }
        Proxies::from(networks.to_vec()).client(from.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn the_client_is_the_rightmost_address_that_is_no_trusted_proxys() {
        for (values, expected) in [
            (&["203.0.113.7"][..], "203.0.113.7"),
            (&["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
            (&["203.0.113.7, 10.0.0.9"], "203.0.113.7"),
            (&["198.51.100.1", "203.0.113.7,10.0.0.9"], "203.0.113.7"),
            (&["203.0.113.7:4711"], "203.0.113.7"),
            (&["[2001:db8::7]:4711"], "2001:db8::7"),
            (&["[2001:db8::7]"], "2001:db8::7"),
            (&["::ffff:203.0.113.7"], "203.0.113.7"),
        ] {
            assert_eq!(client("127.0.0.1", values), expected, "{values:?}");
            assert_eq!(client("::ffff:127.0.0.1", values), expected, "{values:?}");
        }
    }

    #[test]
    fn nobody_but_a_trusted_proxy_says_who_somebody_is() {
        assert_eq!(client("203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
        assert_eq!(client("127.0.0.1", &["198.51.100.1, 127.0.0.1, 203.0.113.7"]), "203.0.113.7");
    }

    #[test]
    fn a_proxy_that_names_nobody_answers_for_it_itself() {
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &["unknown"]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &["203.0.113.7, unknown, 10.0.0.9"]), "10.0.0.9");
        assert_eq!(client("127.0.0.1", &[",,"]), "127.0.0.1");
    }
}
