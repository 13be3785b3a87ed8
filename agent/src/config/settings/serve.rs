//! The server, and how peers find it.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use ipnetwork::IpNetwork;
use jiff::SignedDuration;
use serde::Deserialize;

use super::super::{Bytes, ConfigError, Endpoint, Secret, Span, secret};
use crate::{domain::UpdateUrl, guard};

section! {
    /// The HTTPS server from which peers fetch logs.
    ServeSettings {
        /// Addresses to listen on.
        listen: Vec<SocketAddr> = vec![SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), 9000)],
        /// The base URL under which peers reach this server; without it, made from this host's public address.
        public_url: Option<Endpoint> = None,
        /// Whether clients speak TLS with this server; otherwise a reverse proxy ends it before.
        tls: bool = true,
        /// PEM chain; without it the certificate is made from the identity.
        certificate: Option<PathBuf> = None,
        /// PEM key of the certificate.
        private_key: Option<PathBuf> = None,
        /// Reverse proxies whose `X-Forwarded-For` says where a request comes from.
        trusted_proxies: Vec<IpNetwork> = vec![],
        /// Requests a minute and peer.
        requests_per_minute: usize = 10,
        /// Bytes a day and peer.
        bytes_per_day: Bytes = Bytes(100 << 20),
        /// Refused requests a minute and source address.
        refusals_per_minute: usize = 60,
        /// Connections at a time.
        connections: usize = 1024,
        /// Connections at a time from one source address.
        connections_per_source: usize = 64,
        /// `[serve.dynamic_dns]`
        dynamic_dns: DynamicDnsSettings = DynamicDnsSettings::default(),
    }
}

section! {
    /// The service that keeps a name on this host's address.
    DynamicDnsSettings {
        /// What to ask for when the address changes; without it no service is told.
        url: Option<UpdateUrl> = None,
        /// User name for basic authentication.
        username: Option<String> = None,
        /// The password: for basic authentication, or for the URL's `{password}`.
        password: Option<Secret> = None,
        /// File that holds the password, where that is not set.
        password_file: Option<PathBuf> = None,
        /// How long to wait at least between two updates.
        pause: Span = Span(SignedDuration::from_mins(5)),
        /// How often to call where this host cannot see its public address.
        every: Span = Span(SignedDuration::from_mins(30)),
    }
}

impl ServeSettings {
    /// The port that peers would reach this address of the host by; none when the server does not listen there.
    #[must_use]
    pub fn port_at(&self, address: IpAddr) -> Option<u16> {
        let reaches = |listen: &&SocketAddr| match listen.ip() {
            IpAddr::V4(ip) => ip == address || ip.is_unspecified() && address.is_ipv4(),
            IpAddr::V6(ip) => IpAddr::V6(ip) == address || ip.is_unspecified(),
        };
        self.listen.iter().find(reaches).map(SocketAddr::port)
    }

    /// Whether a public URL could be made from an address that this host may have.
    #[must_use]
    pub fn may_find_its_url_out(&self) -> bool {
        self.tls && self.listen.iter().any(|listen| !is_within(listen.ip()))
    }
}

impl DynamicDnsSettings {
    /// Whether a password is named somewhere.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.password.is_some() || self.password_file.is_some()
    }

    /// The password, if one is named.
    ///
    /// # Errors
    /// When the file that should hold it does not, or everybody can read it.
    pub fn read_password(&self) -> Result<Option<String>, ConfigError> {
        if let Some(password) = &self.password {
            return Ok(Some(password.expose().to_owned()));
        }
        self.password_file.as_deref().map(secret).transpose()
    }
}

/// Whether only this host and its own network can connect to an address.
pub(in crate::config) fn is_within(address: IpAddr) -> bool {
    guard::is_private(address) || address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serve(listen: &str) -> ServeSettings {
        ServeSettings { listen: vec![listen.parse().unwrap()], ..ServeSettings::default() }
    }

    #[test]
    fn an_address_has_a_port_where_the_server_listens_on_it() {
        let (v4, v6): (IpAddr, IpAddr) = ("203.0.113.5".parse().unwrap(), "2001:db8::5".parse().unwrap());
        for (listen, at_v4, at_v6) in [
            ("[::]:9000", Some(9000), Some(9000)),
            ("0.0.0.0:9001", Some(9001), None),
            ("203.0.113.5:9002", Some(9002), None),
            ("127.0.0.1:9003", None, None),
        ] {
            assert_eq!((serve(listen).port_at(v4), serve(listen).port_at(v6)), (at_v4, at_v6), "{listen}");
        }
    }

    #[test]
    fn a_server_within_the_house_or_behind_a_proxy_cannot_find_its_url_out() {
        assert!(serve("[::]:9000").may_find_its_url_out());
        for within in ["192.168.1.1:9000", "100.64.0.7:9000", "[fd00::1]:9000", "[::1]:9000"] {
            assert!(!serve(within).may_find_its_url_out(), "{within}");
        }
        assert!(!ServeSettings { tls: false, ..serve("[::]:9000") }.may_find_its_url_out());
    }
}
