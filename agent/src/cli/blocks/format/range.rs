//! From one address to another, as networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnetwork::IpNetwork;

/// The fewest networks that hold the addresses from `first` to `last` and no others: 62 at the most of IPv4, 254 of IPv6.
/// None when these are of two families, or the wrong way round.
pub(super) fn networks(first: IpAddr, last: IpAddr) -> Option<Vec<IpNetwork>> {
    let (bits, mut next, last) = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => (32, first.to_bits().into(), last.to_bits().into()),
        (IpAddr::V6(first), IpAddr::V6(last)) => (128, first.to_bits(), last.to_bits()),
        _ => return None,
    };
    if next > last {
        return None;
    }
    let mut networks = Vec::new();
    loop {
        let size = largest(next, last).min(bits);
        networks.push(network(next, bits, size)?);
        match 1u128.checked_shl(size).and_then(|length| next.checked_add(length)) {
            Some(behind) if behind <= last => next = behind,
            _ => return Some(networks),
        }
    }
}

/// How many bits are free in the largest network that begins here and does not go beyond `last`.
fn largest(next: u128, last: u128) -> u32 {
    let room = (last - next).checked_add(1).map_or(u128::BITS, u128::ilog2);
    next.trailing_zeros().min(room)
}

fn network(first: u128, bits: u32, size: u32) -> Option<IpNetwork> {
    let address: IpAddr = match u32::try_from(first) {
        Ok(first) if bits == 32 => Ipv4Addr::from_bits(first).into(),
        _ => Ipv6Addr::from_bits(first).into(),
    };
    IpNetwork::new(address, u8::try_from(bits - size).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(first: &str, last: &str) -> Option<Vec<String>> {
        let networks = networks(first.parse().unwrap(), last.parse().unwrap())?;
        Some(networks.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_range_becomes_the_fewest_networks_that_hold_it_and_nothing_else() {
        let some = |networks: &[&str]| Some(networks.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(split("192.0.2.0", "192.0.2.255"), some(&["192.0.2.0/24"]));
        assert_eq!(split("192.0.2.7", "192.0.2.7"), some(&["192.0.2.7/32"]));
        assert_eq!(
            split("192.0.2.1", "192.0.2.9"),
            some(&["192.0.2.1/32", "192.0.2.2/31", "192.0.2.4/30", "192.0.2.8/31"])
        );
        assert_eq!(split("0.0.0.0", "255.255.255.255"), some(&["0.0.0.0/0"]));
        assert_eq!(split("255.255.255.255", "255.255.255.255"), some(&["255.255.255.255/32"]));
        assert_eq!(split("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), some(&["::/0"]));
        assert_eq!(split("2001:db8::", "2001:db8:1:ffff:ffff:ffff:ffff:ffff"), some(&["2001:db8::/47"]));
        assert_eq!(split("0.0.0.1", "255.255.255.254").unwrap().len(), 62);
    }

    #[test]
    fn two_families_and_the_wrong_way_round_are_no_range() {
        assert_eq!(split("192.0.2.1", "2001:db8::1"), None);
        assert_eq!(split("192.0.2.9", "192.0.2.1"), None);
    }
}
