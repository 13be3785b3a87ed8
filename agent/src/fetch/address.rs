//! Which addresses a stranger must not make this agent connect to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address lies within a host or a local network, or is no host's at all: loopback, unspecified,
/// private, carrier-grade NAT, link-local, multicast, broadcast, reserved, and all of those inside IPv6.
#[must_use]
pub fn is_internal(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_internal_v4(v4),
        IpAddr::V6(v6) => is_internal_v6(v6),
    }
}

fn is_internal_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let this_network = a == 0;
    let carrier_grade_nat = a == 100 && b & 0b1100_0000 == 64;
    let reserved = a >= 240;
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || this_network
        || carrier_grade_nat
        || reserved
}

fn is_internal_v6(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || address.is_multicast()
        || embedded_v4(address).is_some_and(is_internal_v4)
}

/// The IPv4 address in a mapped (`::ffff:a.b.c.d`), compatible (`::a.b.c.d`), or NAT64 (`64:ff9b::a.b.c.d`) one.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., high, low] = address.segments();
    let v4 = Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    matches!(address.segments(), [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..])
        .then_some(v4)
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
        ] {
            assert!(!is_internal(text.parse().unwrap()), "{text}");
        }
    }
}
