//! The fixed ranges, after IANA's special-purpose address registries (RFC 6890).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnetwork::{IpNetwork, Ipv4Network, Ipv6Network};

#[expect(clippy::panic, reason = "runs at compile time only")]
const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> IpNetwork {
    match Ipv4Network::new_checked(Ipv4Addr::new(a, b, c, d), prefix) {
        Some(network) => IpNetwork::V4(network),
        None => panic!("prefix over 32"),
    }
}

#[expect(clippy::panic, reason = "runs at compile time only")]
const fn v6(first: u16, last: u16, prefix: u8) -> IpNetwork {
    match Ipv6Network::new_checked(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, last), prefix) {
        Some(network) => IpNetwork::V6(network),
        None => panic!("prefix over 128"),
    }
}

const NEVER_BLOCKED: [(IpNetwork, &str); 10] = [
    (v4(0, 0, 0, 0, 8), "unspecified"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 0, 16), "link-local"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved or broadcast"),
    (v6(0, 0, 128), "unspecified"),
    (v6(0, 1, 128), "loopback"),
    (v6(0xfe80, 0, 10), "link-local"),
    (v6(0xff00, 0, 8), "multicast"),
    (v6(0, 0, 8), "reserved"),
];

const PRIVATE: [IpNetwork; 5] = [
    v4(10, 0, 0, 0, 8),
    v4(172, 16, 0, 0, 12),
    v4(192, 168, 0, 0, 16),
    v4(100, 64, 0, 0, 10),
    v6(0xfc00, 0, 7),
];

pub(super) fn overlap(a: IpNetwork, b: IpNetwork) -> bool {
    a.contains(b.network()) || b.contains(a.network())
}

pub(super) fn never_blocked(network: IpNetwork) -> Option<(IpNetwork, &'static str)> {
    NEVER_BLOCKED.into_iter().find(|(range, _)| overlap(network, *range))
}

pub(super) fn private(network: IpNetwork) -> Option<IpNetwork> {
    PRIVATE.into_iter().find(|range| overlap(network, *range))
}

/// Whether an address lies within a host or a local network, or is no host's at all, also inside an IPv6 address: never
/// contacted because a post says so.
#[must_use]
pub fn is_internal(address: IpAddr) -> bool {
    let network = IpNetwork::from(plain(address));
    never_blocked(network).is_some() || private(network).is_some() || is_obsolete(address)
}

/// Whether an address is of a local network: nobody on the internet has it.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    let address = plain(address);
    let is_link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    is_link_local || private(IpNetwork::from(address)).is_some()
}

/// The IPv4 address that an IPv6 one leads to: mapped (`::ffff:a.b.c.d`), compatible (`::a.b.c.d`), behind NAT64
/// (`64:ff9b::a.b.c.d`, RFC 6052) or behind 6to4 (`2002:aabb:ccdd::`, RFC 3056). Any other is itself.
#[must_use]
pub fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let (high, low) = match v6.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => (high, low),
        [0x2002, high, low, ..] => (high, low),
        _ => return address,
    };
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)).into()
}

/// The address as limits count it: one IPv4 address, or one IPv6 /64, since a host picks freely within its own.
#[must_use]
pub fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (!0 << 64)).into(),
        v4 => v4,
    }
}

/// Site-local (RFC 3879) and Teredo (RFC 4380), which hides an IPv4 address: nobody serves there any more.
fn is_obsolete(address: IpAddr) -> bool {
    let IpAddr::V6(v6) = address else { return false };
    matches!(v6.segments(), [0xfec0..=0xfeff, ..] | [0x2001, 0, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_is_internal_however_it_is_written() {
        for text in [
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::",
            "::1",
            "fe80::1",
            "febf::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:192.168.1.1",
            "::192.168.1.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::203.0.113.7",
            "2002:c0a8:101::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "2001::1",
            "fec0::1",
        ] {
            assert!(is_internal(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn the_internet_is_not() {
        for text in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "169.253.0.1",
            "203.0.113.7",
            "2001:db8::1",
            "2606:4700::1111",
            "::ffff:203.0.113.7",
            "64:ff9b::203.0.113.7",
            "2002:cb00:7107::1",
        ] {
            assert!(!is_internal(text.parse().unwrap()), "{text}");
        }
    }
}
