//! Elements in short, and the program `nft` as an independent witness of what is in the kernel.

use std::io::ErrorKind;
use std::net::{IpAddr, UdpSocket};
use std::time::Duration;

use ipnetwork::IpNetwork;
use nftables::expr::{Elem, Expression, NamedExpression};
use nftables::helper::get_current_ruleset_with_args;
use nftables::schema::{NfListObject, NfObject};
use sentinel_agent::kernel::{Change, Element, Firewall, Lacking, Options, Scope, blocked};
use sentinel_tests::lab::{nft, private_network};

pub(crate) fn network(text: &str) -> IpNetwork {
    text.parse().unwrap()
}

pub(crate) fn element(text: &str, scope: Scope) -> Element {
    Element { network: network(text), scope, timeout: Some(Duration::from_secs(600).into()) }
}

pub(crate) fn add(text: &str) -> Change {
    Change::Add(element(text, Scope::All))
}

pub(crate) fn add_for(text: &str, timeout: Duration) -> Change {
    Change::Add(Element { timeout: Some(timeout.into()), ..element(text, Scope::All) })
}

pub(crate) fn add_inbound(text: &str) -> Change {
    Change::Add(element(text, Scope::Inbound))
}

pub(crate) fn remove(text: &str, scope: Scope) -> Change {
    Change::Remove { network: network(text), scope }
}

/// A new firewall in a private network.
pub(crate) fn firewall() -> Firewall {
    firewall_lacking(Lacking::default())
}

/// A new firewall in a private network, as an older kernel has it.
pub(crate) fn firewall_lacking(lacking: Lacking) -> Firewall {
    private_network().unwrap();
    Firewall::open_lacking(Options::default(), &[], lacking).unwrap()
}

/// A firewall in a private network whose table anybody may change, as on kernels before 6.9.
pub(crate) fn plain_firewall() -> Firewall {
    let firewall = firewall_lacking(Lacking { ownership: true, ..Lacking::default() });
    assert!(!firewall.is_owner());
    firewall
}

/// Makes a private network with a table whose set `blocked4` takes eight elements.
pub(crate) fn table_of_eight() {
    private_network().unwrap();
    nft("add table inet sentinel").unwrap();
    nft("add set inet sentinel blocked4 { type ipv4_addr ; flags timeout ; size 8 ; }").unwrap();
}

/// This many addresses from 10.0.0.0 on.
pub(crate) fn many(count: u32) -> Vec<Element> {
    (0..count)
        .map(|index| Element {
            network: IpAddr::from((0x0a00_0000 + index).to_be_bytes()).into(),
            scope: Scope::All,
            timeout: Some(Duration::from_secs(600).into()),
        })
        .collect()
}

/// The networks that the kernel drops, in order.
pub(crate) fn dropped() -> Vec<IpNetwork> {
    let mut networks: Vec<IpNetwork> = blocked().unwrap().iter().map(|element| element.network).collect();
    networks.sort();
    networks
}

/// Whether this kernel lets a process own a table that outlives it. Debian 12's own does not.
pub(crate) fn kernel_has_owners() -> bool {
    kernel_release() >= (6, 9)
}

/// Whether this kernel tells how many elements a set holds.
pub(crate) fn kernel_counts_elements() -> bool {
    kernel_release() >= (6, 16)
}

/// Whether this process is root outside of all user namespaces too.
pub(crate) fn is_root_of_the_host() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap();
    map.split_whitespace().eq(["0", "0", "4294967295"])
}

fn kernel_release() -> (u32, u32) {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(['.', '-']).map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
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

/// Waits for the next packet, for as long as the socket's own timeout; says who sent it.
pub(crate) fn receive(socket: &UdpSocket) -> IpAddr {
    loop {
        match socket.recv_from(&mut [0; 128]) {
            Ok((_, sender)) => return sender.ip(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("no packet arrived: {error}"),
        }
    }
}
