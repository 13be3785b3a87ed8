//! Sets: which networks stand where.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnetwork::IpNetwork;

use super::TABLE;
use super::batch::Batch;
use super::message::{find_be32, find_text};
use super::uapi::{
    NFPROTO_IPV4, NFPROTO_IPV6, NFT_MSG_NEWSET, NFT_SET_INTERVAL, NFT_SET_TIMEOUT, NFTA_SET_DESC,
    NFTA_SET_DESC_SIZE, NFTA_SET_FLAGS, NFTA_SET_ID, NFTA_SET_KEY_LEN, NFTA_SET_KEY_TYPE, NFTA_SET_NAME,
    NFTA_SET_TABLE, NLM_F_CREATE, TYPE_IP6ADDR, TYPE_IPADDR,
};
use crate::kernel::Scope;
use crate::kernel::error::Act;

/// An address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::kernel) enum Family {
    V4,
    V6,
}

impl Family {
    pub(in crate::kernel) const BOTH: [Self; 2] = [Self::V4, Self::V6];

    pub(in crate::kernel) fn of(network: IpNetwork) -> Self {
        if network.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    pub(in crate::kernel) fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    /// Name of the set whose networks pass.
    pub(in crate::kernel) fn allowed(self) -> &'static str {
        match self {
            Self::V4 => "allowed4",
            Self::V6 => "allowed6",
        }
    }

    /// Length of an address in bytes.
    pub(super) fn length(self) -> u32 {
        u32::from(self.bits() / 8)
    }

    /// Where the source address stands in the network header (RFC 791, section 3.1; RFC 8200, section 3).
    pub(super) fn source_offset(self) -> u32 {
        match self {
            Self::V4 => 12,
            Self::V6 => 8,
        }
    }

    pub(super) fn protocol(self) -> u8 {
        match self {
            Self::V4 => NFPROTO_IPV4,
            Self::V6 => NFPROTO_IPV6,
        }
    }

    pub(super) fn zero(self) -> IpAddr {
        match self {
            Self::V4 => Ipv4Addr::UNSPECIFIED.into(),
            Self::V6 => Ipv6Addr::UNSPECIFIED.into(),
        }
    }

    fn key_type(self) -> u32 {
        match self {
            Self::V4 => TYPE_IPADDR,
            Self::V6 => TYPE_IP6ADDR,
        }
    }

    /// The address that these bytes are.
    pub(super) fn address(self, bytes: &[u8]) -> Option<IpAddr> {
        match self {
            Self::V4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
            Self::V6 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        }
    }
}

/// The set that holds the networks of one scope, family and prefix length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::kernel) struct SetId {
    pub(in crate::kernel) scope: Scope,
    pub(in crate::kernel) family: Family,
    pub(in crate::kernel) prefix: u8,
}

impl SetId {
    pub(in crate::kernel) fn of(network: IpNetwork, scope: Scope) -> Self {
        Self { scope, family: Family::of(network), prefix: network.prefix() }
    }

    /// The set of single addresses of this scope and family, which is always there.
    pub(in crate::kernel) fn single(scope: Scope, family: Family) -> Self {
        Self { scope, family, prefix: family.bits() }
    }

    /// The set with this name; `None` when the name is none of ours.
    pub(in crate::kernel) fn parse(name: &str) -> Option<Self> {
        let (stem, prefix) = match name.split_once('_') {
            Some((stem, prefix)) => (stem, Some(prefix.parse().ok()?)),
            None => (name, None),
        };
        let (scope, family) = match stem {
            "blocked4" => (Scope::All, Family::V4),
            "blocked6" => (Scope::All, Family::V6),
            "peers4" => (Scope::Inbound, Family::V4),
            "peers6" => (Scope::Inbound, Family::V6),
            _ => return None,
        };
        let set = Self { scope, family, prefix: prefix.unwrap_or(family.bits()) };
        (set.to_string() == name && set.prefix <= family.bits()).then_some(set)
    }

    pub(super) fn mask(self) -> IpAddr {
        IpNetwork::new(self.family.zero(), self.prefix).map_or(self.family.zero(), |network| network.mask())
    }
}

impl fmt::Display for SetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stem = match (self.scope, self.family) {
            (Scope::All, Family::V4) => "blocked4",
            (Scope::All, Family::V6) => "blocked6",
            (Scope::Inbound, Family::V4) => "peers4",
            (Scope::Inbound, Family::V6) => "peers6",
        };
        if self.prefix == self.family.bits() {
            write!(f, "{stem}")
        } else {
            write!(f, "{stem}_{}", self.prefix)
        }
    }
}

impl Batch {
    /// Creates a hash set with timeouts that takes `capacity` elements.
    pub(in crate::kernel) fn create_set(&mut self, set: SetId, capacity: u32) {
        self.new_set(&set.to_string(), set.family, NFT_SET_TIMEOUT, Some(capacity));
    }

    /// Creates the set of the networks of this family that always pass; of any prefix length, none overlapping.
    pub(in crate::kernel) fn create_allowed(&mut self, family: Family) {
        self.new_set(family.allowed(), family, NFT_SET_INTERVAL, None);
    }

    fn new_set(&mut self, name: &str, family: Family, flags: u32, capacity: Option<u32>) {
        self.say(NFT_MSG_NEWSET, NLM_F_CREATE, Act::Create(format!("set {name}")), |message| {
            message.text(NFTA_SET_TABLE, TABLE);
            message.text(NFTA_SET_NAME, name);
            message.be32(NFTA_SET_FLAGS, flags);
            message.be32(NFTA_SET_KEY_TYPE, family.key_type());
            message.be32(NFTA_SET_KEY_LEN, family.length());
            // Demanded by the kernel; only needed to tell apart sets without a name.
            message.be32(NFTA_SET_ID, 1);
            if let Some(capacity) = capacity {
                message.nest(NFTA_SET_DESC, |desc| desc.be32(NFTA_SET_DESC_SIZE, capacity));
            }
        });
    }
}

/// A set of ours, from the kernel's description of it; `None` for any other.
pub(super) fn parse_set(attributes: &[u8]) -> Option<SetId> {
    let ours = find_text(attributes, NFTA_SET_TABLE)? == TABLE;
    let set = SetId::parse(find_text(attributes, NFTA_SET_NAME)?)?;
    let fits = find_be32(attributes, NFTA_SET_FLAGS)? & (NFT_SET_TIMEOUT | NFT_SET_INTERVAL)
        == NFT_SET_TIMEOUT
        && find_be32(attributes, NFTA_SET_KEY_LEN)? == set.family.length();
    (ours && fits).then_some(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_named_by_scope_family_and_prefix_length() {
        let name = |network: &str, scope| SetId::of(network.parse().unwrap(), scope).to_string();
        assert_eq!(name("203.0.113.7", Scope::All), "blocked4");
        assert_eq!(name("203.0.113.0/24", Scope::All), "blocked4_24");
        assert_eq!(name("2001:db8::/64", Scope::Inbound), "peers6_64");
        assert_eq!(name("2001:db8::1", Scope::Inbound), "peers6");
    }

    #[test]
    fn every_name_is_read_back_and_no_other() {
        for prefix in 0..=32 {
            let set = SetId { scope: Scope::All, family: Family::V4, prefix };
            assert_eq!(SetId::parse(&set.to_string()), Some(set));
        }
        for name in ["blocked4_32", "blocked4_33", "blocked4_024", "blocked4_", "blocked5", "allowed4", ""] {
            assert_eq!(SetId::parse(name), None, "{name}");
        }
    }
}
