//! Elements in short, and the program `nft` as an independent witness of what is in the kernel.

use std::time::Duration;

use ipnetwork::IpNetwork;
use nftables::expr::{Elem, Expression, NamedExpression};
use nftables::helper::get_current_ruleset_with_args;
use nftables::schema::{NfListObject, NfObject};
use sentinel_agent::kernel::{CAPACITY, Change, Element, Firewall, Scope};
use sentinel_tests::lab::private_network;

pub(crate) fn network(text: &str) -> IpNetwork {
    text.parse().unwrap()
}

pub(crate) fn element(text: &str, scope: Scope) -> Element {
    Element { network: network(text), scope, timeout: Some(Duration::from_secs(600)) }
}

pub(crate) fn add(text: &str) -> Change {
    Change::Add(element(text, Scope::All))
}

pub(crate) fn add_for(text: &str, timeout: Duration) -> Change {
    Change::Add(Element { timeout: Some(timeout), ..element(text, Scope::All) })
}

pub(crate) fn add_inbound(text: &str) -> Change {
    Change::Add(element(text, Scope::Inbound))
}

pub(crate) fn remove(text: &str, scope: Scope) -> Change {
    Change::Remove { network: network(text), scope }
}

/// A new firewall in a private network.
pub(crate) fn firewall() -> Firewall {
    private_network().unwrap();
    Firewall::open(CAPACITY, &[]).unwrap()
}

/// Whether this kernel lets a process own a table that outlives it (6.9 and later). Debian 12's own does not.
pub(crate) fn kernel_has_owners() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(['.', '-']).map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(6), Some(9))
}

/// The elements of a set as `nft` sees them, with the seconds that each has left.
pub(crate) fn listed(set: &str) -> Vec<(String, Option<u32>)> {
    let ruleset =
        get_current_ruleset_with_args(None::<&str>, ["list", "set", "inet", "sentinel", set]).unwrap();
    let mut elements: Vec<(String, Option<u32>)> = ruleset
        .objects
        .iter()
        .filter_map(|object| match object {
            NfObject::ListObject(NfListObject::Set(set)) => set.elem.as_deref(),
            _ => None,
        })
        .flatten()
        .map(listed_element)
        .collect();
    elements.sort();
    elements
}

/// The names of the elements of a set as `nft` sees them.
pub(crate) fn names(set: &str) -> Vec<String> {
    listed(set).into_iter().map(|(name, _)| name).collect()
}

fn listed_element(element: &Expression<'_>) -> (String, Option<u32>) {
    match element {
        Expression::String(name) => (name.to_string(), None),
        Expression::Named(NamedExpression::Prefix(prefix)) => {
            (format!("{}/{}", listed_element(&prefix.addr).0, prefix.len), None)
        }
        Expression::Named(NamedExpression::Elem(Elem { val, expires, .. })) => {
            (listed_element(val).0, *expires)
        }
        other => panic!("nft lists {other:?}"),
    }
}
