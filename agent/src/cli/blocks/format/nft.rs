//! A ruleset of nftables (libnftables-json(5)) that drops what is blocked here.
//!
//! One set per prefix length and a masked lookup for each, as in the agent's own table: a set of intervals would refuse
//! networks that overlap. What only peers asked for is dropped after connection tracking and in the original direction,
//! so that answers to own connections pass.

mod elements;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    io::{self, Write},
    net::IpAddr,
};

use jiff::Timestamp;
use nftables::{
    expr::{BinaryOperation, CT, Elem, Expression, NamedExpression, Payload, PayloadField},
    schema::{
        Chain, Element, NfCmd, NfListObject, NfObject, Rule, Set, SetFlag, SetType, SetTypeValue, Table,
    },
    stmt::{Match, Operator, Statement},
    types::{NfChainPolicy, NfChainType, NfFamily, NfHook},
};

use super::Export;
use crate::{
    cli::blocks::listed::Listed,
    domain::{Scope, SourceClass},
    kernel::set_name,
};
pub(super) use elements::{items, lists};

/// Elements in one command: a line of some 40 KiB.
const TOGETHER: usize = 500;

/// Priorities of prerouting: before connection tracking (-200), and between it and destination NAT (-100).
const BEFORE_TRACKING: i32 = -300;
const AFTER_TRACKING: i32 = -150;

/// A set of networks of one prefix length, named like the agent's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SetId {
    name: String,
    /// What of an address stands in it.
    mask: IpAddr,
    is_of_peers: bool,
}

impl SetId {
    fn of(block: &Listed) -> Self {
        let is_of_peers = block.source == SourceClass::Peer;
        let scope = if is_of_peers { Scope::Inbound } else { Scope::All };
        Self { name: set_name(block.network, scope), mask: block.network.mask(), is_of_peers }
    }

    fn chain(&self) -> &'static str {
        if self.is_of_peers { "peers" } else { "blocked" }
    }

    fn is_single(&self) -> bool {
        match self.mask {
            IpAddr::V4(mask) => mask.to_bits() == u32::MAX,
            IpAddr::V6(mask) => mask.to_bits() == u128::MAX,
        }
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

    fn add_set(&mut self, set: &SetId) -> io::Result<()> {
        let of = if set.mask.is_ipv4() { SetType::Ipv4Addr } else { SetType::Ipv6Addr };
        self.add(NfListObject::Set(Box::new(Set {
            family: NfFamily::INet,
            table: self.table.clone().into(),
            name: set.name.clone().into(),
            set_type: SetTypeValue::Single(of),
            flags: Some(HashSet::from([SetFlag::Timeout])),
            ..Set::default()
        })))
    }

    fn add_elements(&mut self, set: &SetId) -> io::Result<()> {
        let elements = self.sets.get_mut(set).map(std::mem::take).unwrap_or_default();
        if elements.is_empty() {
            return Ok(());
        }
        self.add(NfListObject::Element(Element {
            family: NfFamily::INet,
            table: self.table.clone().into(),
            name: set.name.clone().into(),
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

    fn add_rule(&mut self, set: &SetId) -> io::Result<()> {
        let original =
            set.is_of_peers.then(|| matching(named(NamedExpression::CT(direction())), "original".into()));
        let lookup = matching(source(set), format!("@{}", set.name));
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
            self.add_set(&set)?;
        }
        let elements = self.sets.entry(set.clone()).or_default();
        elements.push(named(NamedExpression::Elem(Elem {
            val: Box::new(Expression::String(block.network.network().to_string().into())),
            // Rounded up: rather a second too long than one too short.
            timeout: left.map(|left| left.as_secs().saturating_add(1).try_into().unwrap_or(u32::MAX)),
            ..Elem::default()
        })));
        if elements.len() >= TOGETHER { self.add_elements(&set) } else { Ok(()) }
    }

    fn end(&mut self) -> io::Result<()> {
        self.add_chain("blocked", BEFORE_TRACKING)?;
        self.add_chain("peers", AFTER_TRACKING)?;
        for set in self.sets.keys().cloned().collect::<Vec<_>>() {
            self.add_elements(&set)?;
            self.add_rule(&set)?;
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
fn source(set: &SetId) -> Expression<'static> {
    let protocol = if set.mask.is_ipv4() { "ip" } else { "ip6" };
    let field = PayloadField { protocol: protocol.into(), field: "saddr".into() };
    let address = named(NamedExpression::Payload(Payload::PayloadField(field)));
    if set.is_single() {
        return address;
    }
    let mask = Expression::String(set.mask.to_string().into());
    Expression::BinaryOperation(Box::new(BinaryOperation::AND(address, mask)))
}
