//! Sets and their elements: which networks are dropped, which are let pass.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnetwork::IpNetwork;

use super::TABLE;
use super::batch::{Batch, Subject};
use super::message::{ATTRIBUTE, Writer, find, find_be32, find_be64, find_text};
use super::uapi::{
    NFPROTO_IPV4, NFPROTO_IPV6, NFT_MSG_DELSETELEM, NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM,
    NFT_SET_ELEM_INTERVAL_END, NFT_SET_INTERVAL, NFT_SET_TIMEOUT, NFTA_DATA_VALUE, NFTA_LIST_ELEM,
    NFTA_SET_DESC, NFTA_SET_DESC_SIZE, NFTA_SET_ELEM_EXPIRATION, NFTA_SET_ELEM_FLAGS, NFTA_SET_ELEM_KEY,
    NFTA_SET_ELEM_LIST_ELEMENTS, NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_TIMEOUT,
    NFTA_SET_FLAGS, NFTA_SET_ID, NFTA_SET_KEY_LEN, NFTA_SET_KEY_TYPE, NFTA_SET_NAME, NFTA_SET_TABLE,
    NLM_F_CREATE, TYPE_IP6ADDR, TYPE_IPADDR,
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

    fn address(self, bytes: &[u8]) -> Option<IpAddr> {
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

/// Whether a message adds elements or removes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kernel) enum Verb {
    Add,
    Remove,
}

/// An element to be written.
#[derive(Debug, Clone, Copy)]
pub(in crate::kernel) struct Item {
    /// By which its refusal will be named.
    pub(in crate::kernel) index: usize,
    pub(in crate::kernel) address: IpAddr,
    /// In milliseconds; `None` stays until it is removed.
    pub(in crate::kernel) timeout: Option<u64>,
}

impl Item {
    /// Bytes that the element takes in a message.
    pub(in crate::kernel) fn length(&self) -> usize {
        let address = if self.address.is_ipv4() { 4 } else { 16 };
        // The element's nest, the key's nest, its value; and the timeout.
        3 * ATTRIBUTE + address + self.timeout.map_or(0, |_| ATTRIBUTE + 8)
    }
}

/// Which item stands where in a message.
#[derive(Debug)]
pub(super) struct Spoken {
    set: String,
    verb: Verb,
    /// Offset from the message's header, index of the item; ascending.
    places: Vec<(usize, usize)>,
}

impl Spoken {
    pub(super) fn item_at(&self, offset: u32) -> Option<usize> {
        let offset = usize::try_from(offset).ok()?;
        let found = self.places.binary_search_by_key(&offset, |place| place.0).ok()?;
        self.places.get(found).map(|place| place.1)
    }

    pub(super) fn act(&self) -> Act {
        match self.verb {
            Verb::Add => Act::Create(format!("elements of set {}", self.set)),
            Verb::Remove => Act::Delete(format!("elements of set {}", self.set)),
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

    /// Adds or removes `items`, in as many messages as it takes.
    pub(in crate::kernel) fn elements(&mut self, set: SetId, verb: Verb, items: &[Item]) {
        let longest = items.iter().map(Item::length).max().unwrap_or(1);
        for items in items.chunks((usize::from(u16::MAX) - ATTRIBUTE) / longest) {
            self.change_elements(&set.to_string(), verb, |list, place| {
                for item in items {
                    place(list.position(), item.index);
                    element(list, item.address, |fields| {
                        if let (Verb::Add, Some(timeout)) = (verb, item.timeout) {
                            fields.be64(NFTA_SET_ELEM_TIMEOUT, timeout);
                        }
                    });
                }
            });
        }
    }

    /// Makes `networks`, of which none holds another, the only ones of this family that always pass.
    pub(in crate::kernel) fn replace_allowed(&mut self, family: Family, networks: &[IpNetwork]) {
        let name = family.allowed();
        self.say(NFT_MSG_DELSETELEM, 0, Act::Delete(format!("the elements of set {name}")), |message| {
            message.text(NFTA_SET_ELEM_LIST_TABLE, TABLE);
            message.text(NFTA_SET_ELEM_LIST_SET, name);
        });
        // An interval is two elements: its first address, and the first one behind it.
        for (chunk, networks) in networks.chunks(500).enumerate() {
            self.change_elements(name, Verb::Add, |list, place| {
                for (index, network) in networks.iter().enumerate() {
                    place(list.position(), chunk * 500 + index);
                    element(list, network.network(), |_| {});
                    if let Some(end) = after(network.broadcast()) {
                        element(list, end, |fields| {
                            fields.be32(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
                        });
                    }
                }
            });
        }
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

    fn change_elements(
        &mut self,
        set: &str,
        verb: Verb,
        body: impl FnOnce(&mut Writer, &mut dyn FnMut(usize, usize)),
    ) {
        let (kind, flags) = match verb {
            Verb::Add => (NFT_MSG_NEWSETELEM, NLM_F_CREATE),
            Verb::Remove => (NFT_MSG_DELSETELEM, 0),
        };
        let start = self.position();
        self.speak(kind, flags, |message| {
            message.text(NFTA_SET_ELEM_LIST_TABLE, TABLE);
            message.text(NFTA_SET_ELEM_LIST_SET, set);
            let mut places = Vec::new();
            message.nest(NFTA_SET_ELEM_LIST_ELEMENTS, |list| {
                body(list, &mut |position, index| places.push((position - start, index)));
            });
            Subject::Elements(Spoken { set: set.to_owned(), verb, places })
        });
    }
}

/// The request for one element by its key; without an address, the request for all of them.
pub(super) fn ask_elements(message: &mut Writer, set: SetId, address: Option<IpAddr>) {
    message.text(NFTA_SET_ELEM_LIST_TABLE, TABLE);
    message.text(NFTA_SET_ELEM_LIST_SET, &set.to_string());
    if let Some(address) = address {
        message.nest(NFTA_SET_ELEM_LIST_ELEMENTS, |list| element(list, address, |_| {}));
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

/// The elements that one message of a dump of `set` holds, with the milliseconds that each has left.
pub(super) fn parse_elements(attributes: &[u8], set: SetId) -> Vec<(IpNetwork, Option<u64>)> {
    let list = find(attributes, NFTA_SET_ELEM_LIST_ELEMENTS).unwrap_or_default();
    super::message::attributes(list).filter_map(|(_, element)| parse_element(element, set)).collect()
}

fn parse_element(element: &[u8], set: SetId) -> Option<(IpNetwork, Option<u64>)> {
    let key = find(find(element, NFTA_SET_ELEM_KEY)?, NFTA_DATA_VALUE)?;
    let network = IpNetwork::new(set.family.address(key)?, set.prefix).ok()?;
    Some((network, find_be64(element, NFTA_SET_ELEM_EXPIRATION)))
}

fn element(list: &mut Writer, address: IpAddr, fields: impl FnOnce(&mut Writer)) {
    list.nest(NFTA_LIST_ELEM, |element| {
        element.nest(NFTA_SET_ELEM_KEY, |key| key.address(NFTA_DATA_VALUE, address));
        fields(element);
    });
}

/// The address that follows; `None` behind the last one.
fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => address.to_bits().checked_add(1).map(|bits| Ipv4Addr::from_bits(bits).into()),
        IpAddr::V6(address) => address.to_bits().checked_add(1).map(|bits| Ipv6Addr::from_bits(bits).into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
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

    #[test]
    fn nothing_follows_the_last_address() {
        assert_eq!(after("255.255.255.255".parse().unwrap()), None);
        assert_eq!(after("203.0.113.255".parse().unwrap()), Some("203.0.114.0".parse().unwrap()));
        assert_eq!(after(Ipv6Addr::from_bits(u128::MAX).into()), None);
    }
}
