//! Where a connection comes from, as limits count it.

use std::{fmt, net::IpAddr};

use crate::guard::{counted, is_internal};

/// A source address: one IPv4 address, or one IPv6 /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Source(IpAddr);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Self(counted(address))
    }
}

impl Source {
    /// Whether it lies within this host or a local network.
    pub(super) fn is_internal(self) -> bool {
        is_internal(self.0)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(network) => write!(f, "{network}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> String {
        Source::from(text.parse::<IpAddr>().unwrap()).to_string()
    }

    #[test]
    fn an_ipv6_source_is_its_64_and_an_ipv4_source_is_itself_however_it_is_written() {
        assert_eq!(source("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(source("203.0.113.7"), "203.0.113.7");
        assert_eq!(source("::ffff:203.0.113.7"), "203.0.113.7");
    }
}
