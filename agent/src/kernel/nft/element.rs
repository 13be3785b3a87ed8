//! Elements of sets: the networks themselves.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnetwork::IpNetwork;

use super::TABLE;
use super::batch::{Batch, Subject};
use super::message::{ATTRIBUTE, Writer, attributes, find, find_be64};
use super::set::{Family, SetId};
use super::uapi::{
    NFT_MSG_DELSETELEM, NFT_MSG_NEWSETELEM, NFT_SET_ELEM_INTERVAL_END, NFTA_DATA_VALUE, NFTA_EXPR_DATA,
    NFTA_LIST_ELEM, NFTA_SET_ELEM_EXPIRATION, NFTA_SET_ELEM_EXPR, NFTA_SET_ELEM_FLAGS, NFTA_SET_ELEM_KEY,
    NFTA_SET_ELEM_LIST_ELEMENTS, NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_TIMEOUT,
    NLM_F_CREATE,
};
use crate::kernel::Counted;
use crate::kernel::error::Act;

/// Networks of the allowlist in one message: each takes two elements of at most 36 bytes.
const ALLOWED: usize = 500;

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
    /// The index of the item that stands at this offset.
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
        self.change_allowed(family, Verb::Add, networks);
    }

    /// Adds or removes some of those that always pass; the others are not touched.
    pub(in crate::kernel) fn change_allowed(&mut self, family: Family, verb: Verb, networks: &[IpNetwork]) {
        // An interval is two elements: its first address, and the first one behind it.
        for (chunk, networks) in networks.chunks(ALLOWED).enumerate() {
            self.change_elements(family.allowed(), verb, |list, place| {
                for (index, network) in networks.iter().enumerate() {
                    place(list.position(), chunk * ALLOWED + index);
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
pub(super) fn ask_elements(message: &mut Writer, set: &str, address: Option<IpAddr>) {
    message.text(NFTA_SET_ELEM_LIST_TABLE, TABLE);
    message.text(NFTA_SET_ELEM_LIST_SET, set);
    if let Some(address) = address {
        message.nest(NFTA_SET_ELEM_LIST_ELEMENTS, |list| element(list, address, |_| {}));
    }
}

/// An element that the kernel holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kernel) struct Held {
    pub(in crate::kernel) network: IpNetwork,
    /// The milliseconds that it has left; `None` stays until it is removed.
    pub(in crate::kernel) left: Option<u64>,
    /// What it dropped, when it counts.
    pub(in crate::kernel) counted: Option<Counted>,
}

/// The elements that one message about `set` holds.
pub(super) fn parse_elements(message: &[u8], set: SetId) -> impl Iterator<Item = Held> {
    listed(message).filter_map(move |element| parse_element(element, set))
}

/// The addresses of the elements that one message about a set of this family holds.
pub(super) fn parse_addresses(message: &[u8], family: Family) -> impl Iterator<Item = IpAddr> {
    listed(message).filter_map(move |element| parse_address(element, family))
}

fn listed(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    let list = find(message, NFTA_SET_ELEM_LIST_ELEMENTS).unwrap_or_default();
    attributes(list).map(|(_, element)| element)
}

fn parse_address(element: &[u8], family: Family) -> Option<IpAddr> {
    family.address(find(find(element, NFTA_SET_ELEM_KEY)?, NFTA_DATA_VALUE)?)
}

fn parse_element(element: &[u8], set: SetId) -> Option<Held> {
    let counter = find(element, NFTA_SET_ELEM_EXPR).and_then(|counter| find(counter, NFTA_EXPR_DATA));
    Some(Held {
        network: IpNetwork::new(parse_address(element, set.family)?, set.prefix).ok()?,
        left: find_be64(element, NFTA_SET_ELEM_EXPIRATION),
        counted: counter.and_then(Counted::parse),
    })
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
    use super::*;

    #[test]
    fn nothing_follows_the_last_address() {
        assert_eq!(after("255.255.255.255".parse().unwrap()), None);
        assert_eq!(after("203.0.113.255".parse().unwrap()), Some("203.0.114.0".parse().unwrap()));
        assert_eq!(after(Ipv6Addr::from_bits(u128::MAX).into()), None);
    }
}
