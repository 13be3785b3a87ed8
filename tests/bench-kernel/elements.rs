//! Whom the benchmark blocks. The same ones in every run.

use std::{
    collections::{BTreeSet, HashMap},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use anyhow::ensure;
use fastrand::Rng;
use ipnetwork::IpNetwork;
use sentinel_agent::{
    domain::Scope,
    kernel::{Element, Timeout, blocked},
};

/// For how long an address is blocked: longer than the benchmark takes.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(4 * 3600);

/// Where the addresses come from, 16.0.0.0/5, which is public, and how many there are.
const FIRST: u32 = 16 << 24;
const MANY: u32 = 1 << 27;

/// Distinct addresses all over their range, as attackers are.
pub(crate) fn addresses(count: u32) -> impl Iterator<Item = Ipv4Addr> + Clone {
    // An odd factor maps the numbers below a power of two onto themselves.
    (0..count).map(|number| Ipv4Addr::from(FIRST + number.wrapping_mul(0x9e37_79b1) % MANY))
}

/// Distinct addresses that are not among [`addresses`].
pub(crate) fn newcomers() -> impl Iterator<Item = Ipv4Addr> + Clone {
    (FIRST + MANY..).map(Ipv4Addr::from)
}

/// An address as the agent gives it to the kernel.
pub(crate) fn element(address: Ipv4Addr) -> Element {
    Element { network: IpAddr::from(address).into(), scope: Scope::All, timeout: Some(TIMEOUT.into()) }
}

/// Overlapping networks, distinct, of the lengths /8 to /31 and /32 to /127, each with its own timeout.
pub(crate) fn mixed(count: usize) -> anyhow::Result<Vec<Element>> {
    let mut random = Rng::with_seed(20_000);
    let mut networks = BTreeSet::new();
    while networks.len() < count {
        let (address, prefix): (IpAddr, u8) = if networks.len() % 2 == 0 {
            (Ipv4Addr::from(random.u32(..)).into(), random.u8(8..=31))
        } else {
            // From a /16 only, so that they overlap.
            let address = 0x2001 << 112 | random.u128(..) >> 16;
            (Ipv6Addr::from(address).into(), random.u8(32..=127))
        };
        let network = IpNetwork::new(address, prefix)?;
        networks.insert(IpNetwork::new(network.network(), prefix)?);
    }
    Ok(networks
        .into_iter()
        .map(|network| Element {
            network,
            scope: Scope::All,
            timeout: Some((TIMEOUT + Duration::from_secs(random.u64(..3600))).into()),
        })
        .collect())
}

/// Whether the kernel drops each of `wanted` for at least as long as asked, less `slack`.
pub(crate) fn all_enforced(wanted: &[Element], slack: Duration) -> anyhow::Result<()> {
    let found: HashMap<IpNetwork, Option<Timeout>> =
        blocked()?.into_iter().map(|element| (element.network, element.timeout)).collect();
    for element in wanted {
        let left = found.get(&element.network).copied().flatten().map(Duration::from);
        let least = element.timeout.map(|timeout| Duration::from(timeout).saturating_sub(slack));
        ensure!(left >= least, "{} is not in the kernel for as long as it was asked", element.network);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_distinct_public_and_no_newcomers() {
        let all: BTreeSet<Ipv4Addr> = addresses(100_000).collect();
        assert_eq!(all.len(), 100_000);
        assert!(all.iter().all(|address| (16..24).contains(&address.octets()[0])));
        assert!(newcomers().take(1000).all(|address| address.octets()[0] == 24));
    }

    #[test]
    fn mixed_networks_are_distinct_and_the_same_every_time() {
        let networks = mixed(2000).unwrap();
        assert_eq!(networks, mixed(2000).unwrap());
        let distinct: BTreeSet<_> = networks.iter().map(|element| element.network).collect();
        assert_eq!(distinct.len(), 2000);
    }
}
