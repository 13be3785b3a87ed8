//! Where the lab's hosts are.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A host's place: its addresses, and the router's on the same link.
///
/// All of them are documentation addresses (RFC 5737, RFC 3849), which look public to a firewall and belong to nobody.
#[derive(Debug, PartialEq, Eq)]
pub struct Site {
    /// What the host is called.
    pub name: &'static str,
    /// The host's IPv4 address.
    pub v4: Ipv4Addr,
    /// More IPv4 addresses of the host, on the same link.
    pub more_v4: &'static [Ipv4Addr],
    /// Bits of the IPv4 network.
    pub v4_prefix: u8,
    /// The router's IPv4 address there.
    pub gateway_v4: Ipv4Addr,
    /// The host's IPv6 address, in a /64.
    pub v6: Ipv6Addr,
    /// The router's IPv6 address there.
    pub gateway_v6: Ipv6Addr,
}

impl Site {
    /// All addresses of the host, each with its prefix length.
    pub(super) fn addresses(&self) -> Vec<String> {
        let v4 = [self.v4].into_iter().chain(self.more_v4.iter().copied());
        let mut addresses: Vec<String> = v4.map(|ip| format!("{ip}/{}", self.v4_prefix)).collect();
        addresses.push(format!("{}/64", self.v6));
        addresses
    }

    /// A peer, and the one that is attacked.
    pub const A: Self = Self {
        name: "A",
        v4: Ipv4Addr::new(198, 51, 100, 2),
        more_v4: &[],
        v4_prefix: 30,
        gateway_v4: Ipv4Addr::new(198, 51, 100, 1),
        v6: Ipv6Addr::new(0x2001, 0xdb8, 0xa, 0, 0, 0, 0, 2),
        gateway_v6: Ipv6Addr::new(0x2001, 0xdb8, 0xa, 0, 0, 0, 0, 1),
    };

    /// A peer that never sees the attack.
    pub const B: Self = Self {
        name: "B",
        v4: Ipv4Addr::new(192, 0, 2, 2),
        more_v4: &[],
        v4_prefix: 30,
        gateway_v4: Ipv4Addr::new(192, 0, 2, 1),
        v6: Ipv6Addr::new(0x2001, 0xdb8, 0xb, 0, 0, 0, 0, 2),
        gateway_v6: Ipv6Addr::new(0x2001, 0xdb8, 0xb, 0, 0, 0, 0, 1),
    };

    /// A third peer.
    pub const C: Self = Self {
        name: "C",
        v4: Ipv4Addr::new(198, 51, 100, 130),
        more_v4: &[],
        v4_prefix: 30,
        gateway_v4: Ipv4Addr::new(198, 51, 100, 129),
        v6: Ipv6Addr::new(0x2001, 0xdb8, 0xc, 0, 0, 0, 0, 2),
        gateway_v6: Ipv6Addr::new(0x2001, 0xdb8, 0xc, 0, 0, 0, 0, 1),
    };

    /// Who attacks; has further addresses to do so.
    pub const ATTACKER: Self = Self {
        name: "attacker",
        v4: Ipv4Addr::new(203, 0, 113, 7),
        more_v4: &[Ipv4Addr::new(203, 0, 113, 8)],
        v4_prefix: 24,
        gateway_v4: Ipv4Addr::new(203, 0, 113, 1),
        v6: Ipv6Addr::new(0x2001, 0xdb8, 0xf, 0, 0, 0, 0, 7),
        gateway_v6: Ipv6Addr::new(0x2001, 0xdb8, 0xf, 0, 0, 0, 0, 1),
    };
}
