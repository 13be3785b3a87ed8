//! Sets: which networks stand where.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnetwork::IpNetwork;

use super::TABLE;
use super::batch::Batch;
use super::message::{find_be32, find_text};
use super::rule::Rule;
use super::uapi::{
    NFPROTO_IPV4, NFPROTO_IPV6, NFT_MSG_DELSET, NFT_MSG_NEWSET, NFT_SET_INTERVAL, NFT_SET_TIMEOUT,
    NFTA_EXPR_DATA, NFTA_EXPR_NAME, NFTA_SET_COUNT, NFTA_SET_EXPR, NFTA_SET_FLAGS, NFTA_SET_ID,
    NFTA_SET_KEY_LEN, NFTA_SET_KEY_TYPE, NFTA_SET_NAME, NFTA_SET_TABLE, NLM_F_CREATE, TYPE_IP6ADDR,
    TYPE_IPADDR,
};
use crate::kernel::Scope;
use crate::kernel::error::Act;
use crate::kernel::layout::floor;

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

    pub(super) fn last(self) -> IpAddr {
        match self {
            Self::V4 => Ipv4Addr::BROADCAST.into(),
            Self::V6 => Ipv6Addr::from_bits(u128::MAX).into(),
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

/// Which of two sets of the same kind: while one drops, the other can be filled to take its place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::kernel) enum Side {
    /// The one that a new table begins with.
    #[default]
    First,
    /// The other; its names end in `_b`.
    Second,
}

impl Side {
    /// The side of the sets into which these rules look.
    pub(in crate::kernel) fn looked_into(rules: &[Rule]) -> Self {
        let mut sets = rules.iter().filter_map(|rule| SetId::parse(rule.set.as_ref()?));
        if sets.any(|set| set.side == Self::Second) { Self::Second } else { Self::First }
    }

    pub(in crate::kernel) fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// What the elements of a set are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::kernel) enum Role {
    /// Where somebody behind them is blocked; see `layout`.
    Gate,
    /// Blocked networks.
    Exact,
}

/// The set that holds the networks of one scope, family and prefix length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::kernel) struct SetId {
    pub(in crate::kernel) side: Side,
    pub(in crate::kernel) role: Role,
    pub(in crate::kernel) scope: Scope,
    pub(in crate::kernel) family: Family,
    pub(in crate::kernel) prefix: u8,
}

impl SetId {
    pub(in crate::kernel) fn of(network: IpNetwork, scope: Scope, side: Side) -> Self {
        Self { side, role: Role::Exact, scope, family: Family::of(network), prefix: network.prefix() }
    }

    /// The set of single addresses of this scope and family, which is always there.
    pub(in crate::kernel) fn single(scope: Scope, family: Family, side: Side) -> Self {
        Self { side, role: Role::Exact, scope, family, prefix: family.bits() }
    }

    /// The gate in front of this set; `None` when packets are looked up in the set itself.
    pub(in crate::kernel) fn gate(self) -> Option<Self> {
        let floor = floor(self.family, self.prefix).filter(|_| self.role == Role::Exact)?;
        Some(Self { role: Role::Gate, prefix: floor, ..self })
    }

    /// The set with this name; `None` when the name is none of ours.
    pub(in crate::kernel) fn parse(name: &str) -> Option<Self> {
        let mut parts = name.split('_').peekable();
        let (scope, family) = match parts.next()? {
            "blocked4" => (Scope::All, Family::V4),
            "blocked6" => (Scope::All, Family::V6),
            "peers4" => (Scope::Inbound, Family::V4),
            "peers6" => (Scope::Inbound, Family::V6),
            _ => return None,
        };
        let side = if name.ends_with(SECOND) { Side::Second } else { Side::First };
        let length = parts.next().filter(|part| *part != SECOND.trim_start_matches('_'));
        let (role, prefix) = match length {
            None => (Role::Exact, family.bits()),
            Some(length) => match length.strip_prefix(GATE) {
                Some(floor) => (Role::Gate, floor.parse().ok()?),
                None => (Role::Exact, length.parse().ok()?),
            },
        };
        let set = Self { side, role, scope, family, prefix };
        (set.to_string() == name && set.prefix <= family.bits()).then_some(set)
    }

    pub(super) fn mask(self) -> IpAddr {
        IpNetwork::new(self.family.zero(), self.prefix).map_or(self.family.zero(), |network| network.mask())
    }
}

/// What the names of the second side end in.
const SECOND: &str = "_b";
/// What the prefix length in the name of a gate begins with.
const GATE: &str = "gate";

impl fmt::Display for SetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stem = match (self.scope, self.family) {
            (Scope::All, Family::V4) => "blocked4",
            (Scope::All, Family::V6) => "blocked6",
            (Scope::Inbound, Family::V4) => "peers4",
            (Scope::Inbound, Family::V6) => "peers6",
        };
        write!(f, "{stem}")?;
        match self.role {
            Role::Gate => write!(f, "_{GATE}{}", self.prefix)?,
            Role::Exact if self.prefix < self.family.bits() => write!(f, "_{}", self.prefix)?,
            Role::Exact => {}
        }
        if self.side == Side::Second { write!(f, "{SECOND}") } else { Ok(()) }
    }
}

impl Batch {
    /// Creates a hash set with timeouts, which grows with its elements; `counters` lets each count its packets.
    pub(in crate::kernel) fn create_set(&mut self, set: SetId, counters: bool) {
        let counted = counters && set.role == Role::Exact;
        self.new_set(&set.to_string(), set.family, NFT_SET_TIMEOUT, counted);
    }

    /// Creates the set of the networks of this family that always pass; of any prefix length, none overlapping.
    pub(in crate::kernel) fn create_allowed(&mut self, family: Family) {
        self.new_set(family.allowed(), family, NFT_SET_INTERVAL, false);
    }

    /// Deletes a set into which no rule looks any longer.
    pub(in crate::kernel) fn delete_set(&mut self, set: SetId) {
        self.say(NFT_MSG_DELSET, 0, Act::Delete(format!("set {set}")), |message| {
            message.text(NFTA_SET_TABLE, TABLE);
            message.text(NFTA_SET_NAME, &set.to_string());
        });
    }

    fn new_set(&mut self, name: &str, family: Family, flags: u32, counted: bool) {
        self.say(NFT_MSG_NEWSET, NLM_F_CREATE, Act::Create(format!("set {name}")), |message| {
            message.text(NFTA_SET_TABLE, TABLE);
            message.text(NFTA_SET_NAME, name);
            message.be32(NFTA_SET_FLAGS, flags);
            message.be32(NFTA_SET_KEY_TYPE, family.key_type());
            message.be32(NFTA_SET_KEY_LEN, family.length());
            // Demanded by the kernel; only needed to tell apart sets without a name.
            message.be32(NFTA_SET_ID, 1);
            if counted {
                message.nest(NFTA_SET_EXPR, |counter| {
                    counter.text(NFTA_EXPR_NAME, "counter");
                    counter.nest(NFTA_EXPR_DATA, |_| {});
                });
            }
        });
    }
}

/// A set as the kernel describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kernel) struct Present {
    pub(in crate::kernel) set: SetId,
    /// How many elements it holds, expired ones included that are not yet collected; kernels before 6.16 do not
    /// say.
    pub(in crate::kernel) count: Option<u32>,
}

/// A set of ours, from the kernel's description of it; `None` for any other.
pub(super) fn parse_set(attributes: &[u8]) -> Option<Present> {
    let ours = find_text(attributes, NFTA_SET_TABLE)? == TABLE;
    let set = SetId::parse(find_text(attributes, NFTA_SET_NAME)?)?;
    let fits = find_be32(attributes, NFTA_SET_FLAGS)? & (NFT_SET_TIMEOUT | NFT_SET_INTERVAL)
        == NFT_SET_TIMEOUT
        && find_be32(attributes, NFTA_SET_KEY_LEN)? == set.family.length();
    (ours && fits).then_some(Present { set, count: find_be32(attributes, NFTA_SET_COUNT) })
}

/// How far a set of the allowlist reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kernel) struct Extent {
    /// Its intervals but one that has no end; kernels before 6.16 do not say.
    pub(in crate::kernel) count: Option<u32>,
    /// Where the interval begins that holds the last of all addresses, and so has no end.
    pub(in crate::kernel) endless: Option<IpAddr>,
}

/// The family of a set of the allowlist and how many elements it holds, from the kernel's description of it.
pub(super) fn parse_allowed(attributes: &[u8]) -> Option<(Family, Option<u32>)> {
    let ours = find_text(attributes, NFTA_SET_TABLE)? == TABLE;
    let name = find_text(attributes, NFTA_SET_NAME)?;
    let family = Family::BOTH.into_iter().find(|family| family.allowed() == name)?;
    ours.then(|| (family, find_be32(attributes, NFTA_SET_COUNT)))
}

#[cfg(test)]
mod tests;
