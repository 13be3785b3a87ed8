//! A ruleset of nftables (libnftables-json(5)) that drops what is blocked here.
//!
//! One set per prefix length and a masked lookup for each, as in the agent's own table: a set of intervals would refuse
//! networks that overlap. What only peers asked for is dropped after connection tracking and in the original direction,
//! so that answers to own connections pass.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    io::{self, Write},
    net::IpAddr,
};

use ipnetwork::{IpNetwork, Ipv4Network, Ipv6Network};
use jiff::Timestamp;
use nftables::{
    expr::{BinaryOperation, CT, Elem, Expression, NamedExpression, Payload, PayloadField},
    schema::{
        Chain, Element, NfCmd, NfListObject, NfObject, Rule, Set, SetFlag, SetType, SetTypeValue, Table,
    },
    stmt::{Match, Operator, Statement},
    types::{NfChainPolicy, NfChainType, NfFamily, NfHook},
};

use super::{Export, Item, network};
use crate::{cli::blocks::listed::Listed, control::Expiry, domain::SourceClass};

/// Elements in one command: a line of some 40 KiB.
const TOGETHER: usize = 500;

/// Priorities of prerouting: before connection tracking (-200), and between it and destination NAT (-100).
const BEFORE_TRACKING: i32 = -300;
const AFTER_TRACKING: i32 = -150;

/// Names a set: who asked, the family, the prefix length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SetId {
    is_of_peers: bool,
    is_v4: bool,
    prefix: u8,
}

impl SetId {
    fn of(block: &Listed) -> Self {
        let network = block.network;
        Self {
            is_of_peers: block.source == SourceClass::Peer,
            is_v4: network.is_ipv4(),
            prefix: network.prefix(),
        }
    }

    /// `blocked4`, `peers6`, `blocked4_24`.
    fn name(self) -> String {
        let who = self.chain();
        let family = if self.is_v4 { 4 } else { 6 };
        if self.is_single() { format!("{who}{family}") } else { format!("{who}{family}_{}", self.prefix) }
    }

    fn chain(self) -> &'static str {
        if self.is_of_peers { "peers" } else { "blocked" }
    }

    fn is_single(self) -> bool {
        self.prefix == if self.is_v4 { 32 } else { 128 }
    }

    fn mask(self) -> IpAddr {
        let v4 = |prefix| {
            Ipv4Network::new(std::net::Ipv4Addr::UNSPECIFIED, prefix).map(|network| network.mask().into())
        };
        let v6 = |prefix| {
            Ipv6Network::new(std::net::Ipv6Addr::UNSPECIFIED, prefix).map(|network| network.mask().into())
        };
        let mask = if self.is_v4 { v4(self.prefix) } else { v6(self.prefix) };
        mask.unwrap_or(std::net::Ipv4Addr::UNSPECIFIED.into())
    }
}

/// A ruleset with one table, which replaces the table of that name where it is loaded.
pub(super) struct Ruleset<W> {
    writer: W,
    table: String,
    now: Timestamp,
    is_empty: bool,
    /// Every set so far, with the elements that are not written yet.
    sets: BTreeMap<SetId, Vec<Expression<'static>>>,
}

impl<W: Write> Ruleset<W> {
    pub(super) fn new(writer: W, table: &str, now: Timestamp) -> Self {
        Self { writer, table: table.to_owned(), now, is_empty: true, sets: BTreeMap::new() }
    }

    fn command(&mut self, command: NfCmd<'static>) -> io::Result<()> {
        if std::mem::replace(&mut self.is_empty, false) {
            self.writer.write_all(b"{\"nftables\":[\n")?;
            let table = || {
                NfListObject::Table(Table {
                    family: NfFamily::INet,
                    name: self.table.clone().into(),
                    handle: None,
                })
            };
            // Deleting what may not be there needs it to be there.
            for command in [NfCmd::Add(table()), NfCmd::Delete(table()), NfCmd::Add(table())] {
                serde_json::to_writer(&mut self.writer, &NfObject::CmdObject(command))?;
                self.writer.write_all(b",\n")?;
            }
        } else {
            self.writer.write_all(b",\n")?;
        }
        Ok(serde_json::to_writer(&mut self.writer, &NfObject::CmdObject(command))?)
    }

    fn add(&mut self, object: NfListObject<'static>) -> io::Result<()> {
        self.command(NfCmd::Add(object))
    }

    fn add_set(&mut self, set: SetId) -> io::Result<()> {
        let of = if set.is_v4 { SetType::Ipv4Addr } else { SetType::Ipv6Addr };
        self.add(NfListObject::Set(Box::new(Set {
            family: NfFamily::INet,
            table: self.table.clone().into(),
            name: set.name().into(),
            set_type: SetTypeValue::Single(of),
            flags: Some(HashSet::from([SetFlag::Timeout])),
            ..Set::default()
        })))
    }

    fn add_elements(&mut self, set: SetId) -> io::Result<()> {
        let elements = self.sets.get_mut(&set).map(std::mem::take).unwrap_or_default();
        if elements.is_empty() {
            return Ok(());
        }
        self.add(NfListObject::Element(Element {
            family: NfFamily::INet,
            table: self.table.clone().into(),
            name: set.name().into(),
            elem: Cow::Owned(elements),
        }))
    }

    fn add_chain(&mut self, name: &'static str, priority: i32) -> io::Result<()> {
        self.add(NfListObject::Chain(Chain {
            family: NfFamily::INet,
            table: self.table.clone().into(),
            name: name.into(),
            _type: Some(NfChainType::Filter),
            hook: Some(NfHook::Prerouting),
            prio: Some(priority),
            policy: Some(NfChainPolicy::Accept),
            ..Chain::default()
        }))
    }

    fn add_rule(&mut self, set: SetId) -> io::Result<()> {
        let original =
            set.is_of_peers.then(|| matching(named(NamedExpression::CT(direction())), "original".into()));
        let lookup = matching(source(set), format!("@{}", set.name()));
        self.add(NfListObject::Rule(Rule {
            family: NfFamily::INet,
            table: self.table.clone().into(),
            chain: set.chain().into(),
            expr: original.into_iter().chain([lookup, Statement::Drop(None)]).collect(),
            ..Rule::default()
        }))
    }
}

impl<W: Write> Export for Ruleset<W> {
    fn block(&mut self, block: &Listed) -> io::Result<()> {
        let left = block.until.map(|until| until.duration_since(self.now));
        if left.is_some_and(|left| !left.is_positive()) {
            return Ok(());
        }
        let set = SetId::of(block);
        if !self.sets.contains_key(&set) {
            self.add_set(set)?;
        }
        let elements = self.sets.entry(set).or_default();
        elements.push(named(NamedExpression::Elem(Elem {
            val: Box::new(Expression::String(block.network.network().to_string().into())),
            // Rounded up: rather a second too long than one too short.
            timeout: left.map(|left| left.as_secs().saturating_add(1).try_into().unwrap_or(u32::MAX)),
            ..Elem::default()
        })));
        if elements.len() >= TOGETHER { self.add_elements(set) } else { Ok(()) }
    }

    fn end(&mut self) -> io::Result<()> {
        self.add_chain("blocked", BEFORE_TRACKING)?;
        self.add_chain("peers", AFTER_TRACKING)?;
        for set in self.sets.keys().copied().collect::<Vec<_>>() {
            self.add_elements(set)?;
            self.add_rule(set)?;
        }
        self.writer.write_all(b"\n]}\n")?;
        self.writer.flush()
    }
}

fn named(expression: NamedExpression<'static>) -> Expression<'static> {
    Expression::Named(expression)
}

fn matching(left: Expression<'static>, right: String) -> Statement<'static> {
    Statement::Match(Match { left, right: Expression::String(right.into()), op: Operator::EQ })
}

fn direction() -> CT<'static> {
    CT { key: "direction".into(), family: None, dir: None }
}

/// The source address as it stands in the set: what its mask leaves of it.
fn source(set: SetId) -> Expression<'static> {
    let protocol = if set.is_v4 { "ip" } else { "ip6" };
    let field = PayloadField { protocol: protocol.into(), field: "saddr".into() };
    let address = named(NamedExpression::Payload(Payload::PayloadField(field)));
    if set.is_single() {
        return address;
    }
    let mask = Expression::String(set.mask().to_string().into());
    Expression::BinaryOperation(Box::new(BinaryOperation::AND(address, mask)))
}

/// The networks of one command or object; of what holds no elements there are none.
pub(super) fn items(object: &str) -> Vec<Result<Item, String>> {
    let object: NfObject<'_> = match serde_json::from_str(object) {
        Ok(object) => object,
        Err(error) => return vec![Err(format!("no object of nftables: {error}"))],
    };
    let (set, elements) = match object {
        NfObject::CmdObject(NfCmd::Add(NfListObject::Element(element)))
        | NfObject::ListObject(NfListObject::Element(element)) => (element.name, element.elem),
        NfObject::CmdObject(NfCmd::Add(NfListObject::Set(set)))
        | NfObject::ListObject(NfListObject::Set(set)) => (set.name, set.elem.unwrap_or_default()),
        _ => return Vec::new(),
    };
    elements.iter().map(|element| item(&set, element)).collect()
}

fn item(set: &str, element: &Expression<'_>) -> Result<Item, String> {
    let (value, timeout, comment) = match element {
        Expression::Named(NamedExpression::Elem(elem)) => {
            (&*elem.val, elem.expires.or(elem.timeout), elem.comment.as_deref())
        }
        other => (other, None, None),
    };
    let expiry = timeout.map(|seconds| Expiry::In(seconds.into()));
    Ok(Item { network: value_of(set, value)?, expiry, comment: comment.map(str::to_owned) })
}

fn value_of(set: &str, value: &Expression<'_>) -> Result<IpNetwork, String> {
    match value {
        Expression::String(text) => masked(set, network(text)?),
        Expression::Named(NamedExpression::Prefix(prefix)) => match &*prefix.addr {
            Expression::String(address) => network(&format!("{address}/{}", prefix.len)),
            _ => Err(format!("an element of set {set} is no network")),
        },
        _ => Err(format!("an element of set {set} is no network")),
    }
}

/// In a set of a prefix length, an address stands for the network around it.
fn masked(set: &str, address: IpNetwork) -> Result<IpNetwork, String> {
    match set.rsplit_once('_').and_then(|(_, prefix)| prefix.parse().ok()) {
        Some(prefix) => IpNetwork::new(address.ip(), prefix)
            .map_err(|_| format!("{address} stands in set {set}, whose prefix length it cannot have")),
        None => Ok(address),
    }
}
