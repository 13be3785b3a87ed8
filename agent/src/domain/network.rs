//! Networks in one form, so that the same one is never two.

use std::net::IpAddr;

use ipnetwork::IpNetwork;

/// The same network without host bits, and an IPv4-mapped one as IPv4.
#[must_use]
pub fn canonical(network: IpNetwork) -> IpNetwork {
    let unmapped = match network {
        IpNetwork::V6(v6) if v6.prefix() >= 96 => match v6.ip().to_ipv4_mapped() {
            Some(ip) => IpNetwork::new(IpAddr::V4(ip), v6.prefix() - 96).unwrap_or(network),
            None => network,
        },
        _ => network,
    };
    IpNetwork::new(unmapped.network(), unmapped.prefix()).unwrap_or(unmapped)
}

/// The same networks in canonical form and in order, those left out that lie within another.
#[must_use]
pub fn outermost(networks: impl IntoIterator<Item = IpNetwork>) -> Vec<IpNetwork> {
    let mut networks: Vec<IpNetwork> = networks.into_iter().map(canonical).collect();
    // By address, then by prefix: each stands behind those that hold it.
    networks.sort_unstable();
    let mut kept: Vec<IpNetwork> = Vec::with_capacity(networks.len());
    for network in networks {
        // Networks nest or are apart, so only the last one kept can hold this one.
        if !kept.last().is_some_and(|outer| outer.contains(network.ip())) {
            kept.push(network);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> IpNetwork {
        text.parse().unwrap()
    }

    #[test]
    fn canonical_drops_host_bits_and_the_mapped_form() {
        let canonical = |text: &str| canonical(network(text)).to_string();
        assert_eq!(canonical("203.0.113.7/24"), "203.0.113.0/24");
        assert_eq!(canonical("2001:db8::7/64"), "2001:db8::/64");
        assert_eq!(canonical("::ffff:203.0.113.7"), "203.0.113.7/32");
        assert_eq!(canonical("::ffff:203.0.113.7/120"), "203.0.113.0/24");
    }

    #[test]
    fn of_nested_networks_the_outermost_stay() {
        let networks = ["2001:db8::/48", "10.1.0.0/16", "::ffff:10.0.0.0/104", "192.0.2.1", "2001:db8::/32"];
        let kept = outermost(networks.map(network));
        assert_eq!(kept, ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"].map(network));
    }
}
