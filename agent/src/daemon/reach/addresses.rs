//! Which of this host's addresses peers can be sent to, and the URL that is made of it.

use std::net::{IpAddr, SocketAddr};

use crate::{
    config::{Endpoint, ServeSettings},
    domain::PublicAddresses,
    guard::is_internal,
    kernel::Links,
};

/// This host's public addresses: of each family the one that was chosen before, as long as it is there, else the first.
pub(super) fn chosen(links: &Links, before: PublicAddresses) -> PublicAddresses {
    let lasting = || links.lasting.iter().copied().filter(|address| !is_internal(*address));
    let v4 = || lasting().filter_map(|address| if let IpAddr::V4(v4) = address { Some(v4) } else { None });
    let v6 = || lasting().filter_map(|address| if let IpAddr::V6(v6) = address { Some(v6) } else { None });
    PublicAddresses {
        v4: before.v4.filter(|before| v4().any(|there| there == *before)).or_else(|| v4().next()),
        v6: before.v6.filter(|before| v6().any(|there| there == *before)).or_else(|| v6().next()),
    }
}

/// The URL under which peers reach a server with these settings on a host with these addresses: the configured one, or
/// one made of an address; IPv4 goes first, since more peers have it. None when there is neither.
pub(super) fn public_url(serve: &ServeSettings, addresses: PublicAddresses) -> Option<Endpoint> {
    if serve.public_url.is_some() {
        return serve.public_url.clone();
    }
    if !serve.may_find_its_url_out() {
        return None;
    }
    let addresses = [addresses.v4.map(IpAddr::from), addresses.v6.map(IpAddr::from)];
    addresses.into_iter().flatten().find_map(|address| {
        let port = serve.port_at(address)?;
        format!("https://{}", SocketAddr::new(address, port)).parse().ok()
    })
}

/// The same on a host that has these addresses now.
#[must_use]
pub fn found_url(serve: &ServeSettings, links: &Links) -> Option<Endpoint> {
    public_url(serve, chosen(links, PublicAddresses::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(addresses: &[&str]) -> Links {
        let lasting = addresses.iter().map(|address| address.parse().unwrap()).collect();
        Links { lasting, ..Links::default() }
    }

    fn found(addresses: &[&str]) -> PublicAddresses {
        chosen(&links(addresses), PublicAddresses::default())
    }

    fn url(serve: &ServeSettings, addresses: &[&str]) -> Option<String> {
        public_url(serve, found(addresses)).map(|url| url.base().to_owned())
    }

    #[test]
    fn only_public_addresses_are_told_to_anybody() {
        let behind_nat = ["127.0.0.1", "192.168.1.1", "10.0.0.1", "100.64.0.7", "fe80::1", "fd00::1", "::1"];
        assert!(found(&behind_nat).is_empty());
        let both = found(&["192.168.1.1", "203.0.113.5", "fe80::1", "2001:db8::5"]);
        assert_eq!(both.to_string(), "203.0.113.5 and 2001:db8::5");
    }

    #[test]
    fn an_address_that_is_still_there_is_kept_when_another_comes() {
        let before = found(&["203.0.113.5", "2001:db8::5"]);
        let more = links(&["203.0.113.1", "203.0.113.5", "2001:db8::1", "2001:db8::5"]);
        assert_eq!(chosen(&more, before), before);
        let others = links(&["203.0.113.1", "2001:db8::1"]);
        assert_eq!(chosen(&others, before), found(&["203.0.113.1", "2001:db8::1"]));
    }

    #[test]
    fn without_a_configured_url_it_is_made_of_the_address_and_the_port() {
        let serve = ServeSettings::default();
        assert_eq!(url(&serve, &["203.0.113.5", "2001:db8::5"]).unwrap(), "https://203.0.113.5:9000");
        assert_eq!(url(&serve, &["2001:db8::5"]).unwrap(), "https://[2001:db8::5]:9000");
        assert_eq!(url(&serve, &["192.168.1.1"]), None);
        let only_v6 = ServeSettings { listen: vec!["[2001:db8::5]:9001".parse().unwrap()], ..serve.clone() };
        assert_eq!(url(&only_v6, &["203.0.113.5", "2001:db8::5"]).unwrap(), "https://[2001:db8::5]:9001");
        let configured = ServeSettings { public_url: Some("https://a.example".parse().unwrap()), ..serve };
        assert_eq!(url(&configured, &["203.0.113.5"]).unwrap(), "https://a.example");
    }

    #[test]
    fn behind_a_proxy_no_address_of_this_host_is_taken_for_the_url() {
        let serve = ServeSettings { tls: false, ..ServeSettings::default() };
        assert_eq!(url(&serve, &["203.0.113.5"]), None);
    }
}
