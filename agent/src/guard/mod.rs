//! What is never blocked (DESIGN section 8).
//!
//! A pure core: [`Guard`] holds what is protected and decides; who feeds it lives elsewhere. Its answer, [`Guarded`],
//! is the only thing from which a block can be made, so no block gets around it.

mod ranges;

use std::net::IpAddr;

use ipnetwork::IpNetwork;

use crate::domain::SourceClass;
pub use ranges::{canonical, is_internal};

/// Widest IPv4 prefix that a peer's post may block.
const WIDEST_FROM_PEER_V4: u8 = 24;
/// Widest IPv6 prefix that a peer's post may block.
const WIDEST_FROM_PEER_V6: u8 = 48;

/// A network that may be blocked: only [`Guard::check`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Guarded(IpNetwork);

impl Guarded {
    /// The network, in canonical form.
    #[must_use]
    pub fn network(self) -> IpNetwork {
        self.0
    }
}

/// The rule by which a network is not blocked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// Loopback, unspecified, multicast, link-local or reserved.
    #[error("{0} is {1}")]
    Fixed(IpNetwork, &'static str),
    /// An address of this host.
    #[error("{0} is an address of this host")]
    OwnAddress(IpAddr),
    /// A network this host is directly connected to.
    #[error("{0} is directly connected")]
    OnLink(IpNetwork),
    /// A gateway of this host.
    #[error("{0} is a gateway")]
    Gateway(IpAddr),
    /// A resolver of this host.
    #[error("{0} is a resolver")]
    Resolver(IpAddr),
    /// The ledger's RPC endpoint.
    #[error("{0} is the ledger's endpoint")]
    Ledger(IpAddr),
    /// The operator's allowlist.
    #[error("{0} is on the allowlist")]
    Allowed(IpNetwork),
    /// A private range, named by a peer.
    #[error("{0} is private, and a peer's word blocks no private range")]
    Private(IpNetwork),
    /// Peers had more blocked already than may be.
    #[error("peers' posts block {0} networks already")]
    TooMany(usize),
    /// As much is blocked as may be.
    #[error("{0} networks are blocked, and block.capacity allows no more")]
    Full(usize),
    /// A wide prefix, named by a peer.
    #[error("a peer's word blocks nothing wider than /{0}")]
    TooWide(u8),
}

impl Rule {
    /// Whether it holds however few networks are blocked.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        !matches!(self, Self::TooMany(_) | Self::Full(_))
    }
}

/// A network that was not blocked, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{network} is {} blocked: {rule}", if rule.is_lasting() { "never" } else { "not" })]
pub struct Refused {
    /// What was to be blocked.
    pub network: IpNetwork,
    /// Which rule refused it.
    pub rule: Rule,
}

/// What is protected besides the fixed ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protected {
    /// Addresses of this host.
    pub addresses: Vec<IpAddr>,
    /// Networks it is directly connected to.
    pub on_link: Vec<IpNetwork>,
    /// Its gateways.
    pub gateways: Vec<IpAddr>,
    /// Its resolvers.
    pub resolvers: Vec<IpAddr>,
    /// Where the ledger's endpoint is.
    pub ledger: Vec<IpAddr>,
    /// The operator's allowlist.
    pub allowed: Vec<IpNetwork>,
}

/// Decides what may be blocked.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    protected: Protected,
}

impl Guard {
    /// A guard over the fixed ranges and what is given.
    #[must_use]
    pub fn new(protected: Protected) -> Self {
        Self { protected }
    }

    /// What is protected now.
    #[must_use]
    pub fn protected(&self) -> &Protected {
        &self.protected
    }

    /// Takes note that other things are protected now.
    pub fn protect(&mut self, protected: Protected) {
        self.protected = protected;
    }

    /// Whether `network` may be blocked because somebody of `class` says so.
    ///
    /// # Errors
    /// [`Refused`] names the rule; report it, never drop it.
    pub fn check(&self, network: IpNetwork, class: SourceClass) -> Result<Guarded, Refused> {
        let network = canonical(network);
        match self.rule_against(network, class) {
            Some(rule) => Err(Refused { network, rule }),
            None => Ok(Guarded(network)),
        }
    }

    fn rule_against(&self, network: IpNetwork, class: SourceClass) -> Option<Rule> {
        let own = &self.protected;
        let fixed = ranges::never_blocked(network).map(|(range, name)| Rule::Fixed(range, name));
        fixed
            .or_else(|| within(network, &own.addresses).map(Rule::OwnAddress))
            .or_else(|| within(network, &own.gateways).map(Rule::Gateway))
            .or_else(|| within(network, &own.resolvers).map(Rule::Resolver))
            .or_else(|| within(network, &own.ledger).map(Rule::Ledger))
            .or_else(|| overlapping(network, &own.on_link).map(Rule::OnLink))
            .or_else(|| covering(network, &own.allowed).map(Rule::Allowed))
            .or_else(|| if class == SourceClass::Peer { rule_for_peers(network) } else { None })
    }
}

fn rule_for_peers(network: IpNetwork) -> Option<Rule> {
    let widest = if network.is_ipv4() { WIDEST_FROM_PEER_V4 } else { WIDEST_FROM_PEER_V6 };
    if network.prefix() < widest {
        return Some(Rule::TooWide(widest));
    }
    ranges::private(network).map(Rule::Private)
}

fn within(network: IpNetwork, addresses: &[IpAddr]) -> Option<IpAddr> {
    addresses.iter().copied().find(|address| network.contains(*address))
}

fn overlapping(network: IpNetwork, others: &[IpNetwork]) -> Option<IpNetwork> {
    others.iter().copied().find(|other| ranges::overlap(network, *other))
}

fn covering(network: IpNetwork, others: &[IpNetwork]) -> Option<IpNetwork> {
    others.iter().copied().find(|other| other.prefix() <= network.prefix() && other.contains(network.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> IpNetwork {
        text.parse().unwrap()
    }

    fn guard() -> Guard {
        Guard::new(Protected {
            addresses: vec!["198.51.100.2".parse().unwrap(), "2001:db8:a::2".parse().unwrap()],
            on_link: vec![network("198.51.100.0/30"), network("10.1.0.0/16")],
            gateways: vec!["198.51.100.1".parse().unwrap()],
            resolvers: vec!["9.9.9.9".parse().unwrap()],
            ledger: vec!["203.0.113.200".parse().unwrap()],
            allowed: vec![network("203.0.113.64/26")],
        })
    }

    fn refusal(text: &str, class: SourceClass) -> Rule {
        guard().check(network(text), class).unwrap_err().rule
    }

    #[test]
    fn an_ordinary_attacker_may_be_blocked_by_anybody() {
        for class in [SourceClass::Local, SourceClass::Manual, SourceClass::Peer] {
            assert_eq!(
                guard().check(network("203.0.113.7/32"), class).unwrap().network(),
                network("203.0.113.7/32")
            );
        }
    }

    #[test]
    fn fixed_ranges_are_never_blocked() {
        for text in [
            "127.0.0.1",
            "0.0.0.0",
            "0.0.0.0/0",
            "::/0",
            "::1",
            "::",
            "224.0.0.251",
            "169.254.1.1",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(matches!(refusal(text, SourceClass::Manual), Rule::Fixed(..)), "{text}");
        }
    }

    #[test]
    fn own_addresses_gateways_resolvers_and_the_ledger_are_never_blocked_not_even_inside_a_wider_network() {
        assert!(matches!(refusal("198.51.100.2", SourceClass::Manual), Rule::OwnAddress(_)));
        assert!(matches!(refusal("2001:db8:a::/64", SourceClass::Local), Rule::OwnAddress(_)));
        assert!(matches!(refusal("198.51.100.1", SourceClass::Manual), Rule::Gateway(_)));
        assert!(matches!(refusal("9.9.9.0/24", SourceClass::Manual), Rule::Resolver(_)));
        assert!(matches!(refusal("203.0.113.200", SourceClass::Peer), Rule::Ledger(_)));
    }

    #[test]
    fn the_directly_connected_network_is_never_blocked() {
        assert_eq!(refusal("10.1.2.3", SourceClass::Local), Rule::OnLink(network("10.1.0.0/16")));
    }

    #[test]
    fn what_the_operator_allows_is_never_blocked_but_does_not_save_its_neighbours() {
        assert_eq!(refusal("203.0.113.65", SourceClass::Local), Rule::Allowed(network("203.0.113.64/26")));
        assert!(guard().check(network("203.0.113.0/24"), SourceClass::Manual).is_err(), "holds the ledger");
        assert!(guard().check(network("203.0.113.7"), SourceClass::Local).is_ok());
    }

    #[test]
    fn a_peers_word_blocks_no_private_range_and_nothing_wide() {
        for text in ["192.168.7.7", "172.16.0.1", "100.64.0.9", "fd00::7"] {
            assert!(matches!(refusal(text, SourceClass::Peer), Rule::Private(_)), "{text}");
            assert!(guard().check(network(text), SourceClass::Manual).is_ok(), "{text}");
        }
        assert_eq!(refusal("8.8.0.0/23", SourceClass::Peer), Rule::TooWide(24));
        assert_eq!(refusal("2001:db8:ff00::/47", SourceClass::Peer), Rule::TooWide(48));
    }

    #[test]
    fn a_mapped_address_is_judged_as_the_ipv4_address_it_is() {
        assert!(matches!(refusal("::ffff:127.0.0.1", SourceClass::Manual), Rule::Fixed(..)));
        let guarded = guard().check(network("::ffff:203.0.113.7"), SourceClass::Local).unwrap();
        assert_eq!(guarded.network(), network("203.0.113.7/32"));
    }
}
