//! What is never blocked.
//!
//! A pure core: [`Guard`] holds what is protected and decides; who feeds it lives elsewhere. Its answer, [`Guarded`],
//! is the only thing from which a block can be made, so no block gets around it.
//!
//! There are two ways of being protected:
//!
//! - What this host is and hangs on (its addresses, networks, gateways, resolvers, and the fixed ranges) cannot be
//!   blocked, and no wider network that holds it can.
//! - Whom the operator, DNS or a log-in names (the allowlist, the ledger's endpoint, who is logged in) *passes*: the
//!   kernel lets it through before it looks at blocks ([`Guard::passing`]). It cannot be blocked itself, but a wider
//!   network around it can, and drops all others. So a DNS answer or a log-in saves its own addresses and never lifts
//!   the block of their neighbours.

mod networks;
mod ranges;

use std::{collections::BTreeSet, net::IpAddr};

use ipnetwork::IpNetwork;

pub use crate::domain::canonical;
use crate::domain::{SourceClass, outermost};
use networks::Networks;
pub use ranges::{counted, is_internal, is_private, plain};

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
    /// Somebody who administers this host.
    #[error("somebody is logged in from {0}")]
    Session(IpAddr),
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
    /// From where somebody is logged in.
    pub sessions: Vec<IpAddr>,
    /// The operator's allowlist.
    pub allowed: Vec<IpNetwork>,
}

/// Decides what may be blocked. A decision is a binary search a list, so a long allowlist costs no more than a short
/// one.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    addresses: Networks,
    on_link: Networks,
    gateways: Networks,
    resolvers: Networks,
    ledger: Networks,
    sessions: Networks,
    allowed: Networks,
}

impl Guard {
    /// A guard over the fixed ranges and what is given.
    #[must_use]
    pub fn new(protected: Protected) -> Self {
        Self {
            addresses: Networks::new(protected.addresses),
            on_link: Networks::new(protected.on_link),
            gateways: Networks::new(protected.gateways),
            resolvers: Networks::new(protected.resolvers),
            ledger: Networks::new(protected.ledger),
            sessions: Networks::new(protected.sessions),
            allowed: Networks::new(protected.allowed),
        }
    }

    /// Takes note that other things are protected now; names those that were not before.
    pub fn protect(&mut self, protected: Protected) -> Vec<IpNetwork> {
        let before = std::mem::replace(self, Self::new(protected));
        let known: BTreeSet<IpNetwork> = before.all().collect();
        self.all().filter(|network| !known.contains(network)).collect()
    }

    fn all(&self) -> impl Iterator<Item = IpNetwork> {
        let Self { addresses, on_link, gateways, resolvers, ledger, sessions, allowed } = self;
        [addresses, on_link, gateways, resolvers, ledger, sessions, allowed]
            .into_iter()
            .flat_map(Networks::iter)
    }

    /// What the kernel must let through whatever is blocked, in order and none within another.
    #[must_use]
    pub fn passing(&self) -> Vec<IpNetwork> {
        outermost(self.allowed.iter().chain(self.ledger.iter()).chain(self.sessions.iter()))
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

    /// As [`Guard::check`], for one who is about to block by hand: refused is also a wider network that holds an
    /// address from which somebody is logged in, or one of `also`, such as where the command came from. They would pass
    /// for as long as they stay, and not get in again.
    ///
    /// # Errors
    /// [`Refused`], as [`Guard::check`].
    pub fn check_with(
        &self,
        network: IpNetwork,
        class: SourceClass,
        also: &[IpAddr],
    ) -> Result<Guarded, Refused> {
        let guarded = self.check(network, class)?;
        let network = guarded.network();
        let session = self.sessions.overlapping(network).map(|session| session.ip());
        let also = also.iter().map(IpAddr::to_canonical);
        match session.or_else(|| also.into_iter().find(|address| network.contains(*address))) {
            Some(address) => Err(Refused { network, rule: Rule::Session(address) }),
            None => Ok(guarded),
        }
    }

    fn rule_against(&self, network: IpNetwork, class: SourceClass) -> Option<Rule> {
        let fixed = ranges::never_blocked(network).map(|(range, name)| Rule::Fixed(range, name));
        fixed
            .or_else(|| self.addresses.overlapping(network).map(|own| Rule::OwnAddress(own.ip())))
            .or_else(|| self.gateways.overlapping(network).map(|gateway| Rule::Gateway(gateway.ip())))
            .or_else(|| self.resolvers.overlapping(network).map(|resolver| Rule::Resolver(resolver.ip())))
            .or_else(|| self.on_link.overlapping(network).map(Rule::OnLink))
            .or_else(|| self.ledger.covering(network).map(|ledger| Rule::Ledger(ledger.ip())))
            .or_else(|| self.sessions.covering(network).map(|session| Rule::Session(session.ip())))
            .or_else(|| self.allowed.covering(network).map(Rule::Allowed))
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

#[cfg(test)]
mod tests;
