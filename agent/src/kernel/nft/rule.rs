//! Chains and rules: who passes, who is dropped.

use super::TABLE;
use super::batch::Batch;
use super::expr::{Expressions, Packet, Verdict, counted, lasting, looked_up};
use super::message::{find, find_be64, find_text};
use super::set::{Family, Role, SetId, Side};
use super::uapi::{
    IP_CT_DIR_ORIGINAL, NF_ACCEPT, NF_INET_PRE_ROUTING, NFT_CMP_GTE, NFT_CMP_LTE, NFT_META_IIF,
    NFT_META_L4PROTO, NFT_META_NFPROTO, NFT_MSG_DELCHAIN, NFT_MSG_DELRULE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE,
    NFTA_CHAIN_HOOK, NFTA_CHAIN_NAME, NFTA_CHAIN_POLICY, NFTA_CHAIN_TABLE, NFTA_CHAIN_TYPE,
    NFTA_HOOK_HOOKNUM, NFTA_HOOK_PRIORITY, NFTA_RULE_CHAIN, NFTA_RULE_EXPRESSIONS, NFTA_RULE_HANDLE,
    NFTA_RULE_TABLE, NLM_F_APPEND, NLM_F_CREATE,
};
use crate::kernel::error::Act;
use crate::kernel::{Counted, Scope};

/// Index of the loopback interface, which the kernel registers first in every network namespace.
const LOOPBACK: u32 = 1;
const ICMPV6: u8 = 58;
/// Router solicitation and advertisement, neighbour solicitation and advertisement (RFC 4861, section 4).
const NEIGHBOUR_DISCOVERY: std::ops::RangeInclusive<u8> = 133..=136;
/// A base chain of the table; both hook prerouting, so that they cover what is for this host and what it forwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kernel) enum Chain {
    /// Before connection tracking: drops every packet.
    All,
    /// After connection tracking: drops packets of connections that the other side opened.
    Uninvited,
}

impl Chain {
    pub(in crate::kernel) const BOTH: [Self; 2] = [Self::All, Self::Uninvited];

    pub(in crate::kernel) fn of(scope: Scope) -> Self {
        match scope {
            Scope::All => Self::All,
            Scope::Inbound => Self::Uninvited,
        }
    }

    pub(in crate::kernel) fn name(self) -> &'static str {
        match self {
            Self::All => "drop_all",
            Self::Uninvited => "drop_uninvited",
        }
    }

    /// What the rules look into that `create_chain` puts at the chain's head.
    pub(in crate::kernel) fn head() -> [Option<String>; 4] {
        let [v4, v6] = Family::BOTH.map(|family| Some(family.allowed().to_owned()));
        [None, None, v4, v6]
    }

    /// Connection tracking runs at priority -200, destination NAT at -100.
    fn priority(self) -> i32 {
        match self {
            Self::All => -300,
            Self::Uninvited => -150,
        }
    }
}

/// The chain that the packets found in this gate jump to.
pub(in crate::kernel) fn band_chain(gate: SetId) -> String {
    let stem = SetId { side: Side::First, prefix: gate.family.bits(), role: Role::Exact, ..gate };
    format!("{stem}_band{}", gate.prefix)
}

/// The chain whose rule looks into this set.
pub(in crate::kernel) fn chain_of(set: SetId) -> String {
    set.gate().map_or_else(|| Chain::of(set.scope).name().to_owned(), band_chain)
}

/// The name of a chain of ours, from the kernel's description of it.
pub(super) fn parse_chain(attributes: &[u8]) -> Option<&str> {
    let ours = find_text(attributes, NFTA_CHAIN_TABLE)? == TABLE;
    find_text(attributes, NFTA_CHAIN_NAME).filter(|_| ours)
}

/// A rule as it stands in the kernel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::kernel) struct Rule {
    /// Unique in the table, but a rule that replaces another has that one's.
    pub(in crate::kernel) handle: u64,
    pub(in crate::kernel) chain: String,
    /// The set that it looks into.
    pub(in crate::kernel) set: Option<String>,
    /// What it does, in the kernel's encoding, without what it counted.
    expressions: Vec<u8>,
}

/// A rule of ours, from the kernel's description of it.
pub(super) fn parse_rule(attributes: &[u8]) -> Option<Rule> {
    let ours = find_text(attributes, NFTA_RULE_TABLE)? == TABLE;
    let expressions = find(attributes, NFTA_RULE_EXPRESSIONS).unwrap_or_default();
    let rule = Rule {
        handle: find_be64(attributes, NFTA_RULE_HANDLE)?,
        chain: find_text(attributes, NFTA_RULE_CHAIN)?.to_owned(),
        set: looked_up(expressions).map(str::to_owned),
        expressions: lasting(expressions),
    };
    ours.then_some(rule)
}

/// What a rule of ours has dropped of the networks of a set, from the kernel's description of it.
pub(super) fn parse_dropped(attributes: &[u8]) -> Option<(SetId, Counted)> {
    let ours = find_text(attributes, NFTA_RULE_TABLE)? == TABLE;
    let expressions = find(attributes, NFTA_RULE_EXPRESSIONS)?;
    Some((SetId::parse(looked_up(expressions)?)?, counted(expressions)?)).filter(|_| ours)
}

impl Batch {
    /// Deletes all rules of all chains.
    pub(in crate::kernel) fn delete_rules(&mut self) {
        self.say(NFT_MSG_DELRULE, 0, Act::Delete(format!("the rules of table inet {TABLE}")), |message| {
            message.text(NFTA_RULE_TABLE, TABLE);
        });
    }

    /// Deletes a chain that has no rules and to which none jumps.
    pub(in crate::kernel) fn delete_chain(&mut self, chain: &str) {
        self.say(NFT_MSG_DELCHAIN, 0, Act::Delete(format!("chain {chain}")), |message| {
            message.text(NFTA_CHAIN_TABLE, TABLE);
            message.text(NFTA_CHAIN_NAME, chain);
        });
    }

    /// Creates a chain that lets pass what must never be dropped, and after it everything else.
    pub(in crate::kernel) fn create_chain(&mut self, chain: Chain) {
        let act = Act::Create(format!("chain {}", chain.name()));
        self.say(NFT_MSG_NEWCHAIN, NLM_F_CREATE, act, |message| {
            message.text(NFTA_CHAIN_TABLE, TABLE);
            message.text(NFTA_CHAIN_NAME, chain.name());
            message.nest(NFTA_CHAIN_HOOK, |hook| {
                hook.be32(NFTA_HOOK_HOOKNUM, NF_INET_PRE_ROUTING);
                hook.attribute(NFTA_HOOK_PRIORITY, &chain.priority().to_be_bytes());
            });
            message.text(NFTA_CHAIN_TYPE, "filter");
            message.be32(NFTA_CHAIN_POLICY, NF_ACCEPT);
        });
        let name = chain.name();
        self.rule(name, "loopback", accept_loopback);
        self.rule(name, "neighbour discovery", accept_neighbour_discovery);
        for family in Family::BOTH {
            self.rule(name, family.allowed(), |rule| {
                source(rule, family);
                rule.lookup(family.allowed());
                rule.verdict(Verdict::Accept);
            });
        }
    }

    /// Creates the chain behind this gate.
    pub(in crate::kernel) fn create_band(&mut self, gate: SetId) {
        let band = band_chain(gate);
        self.say(NFT_MSG_NEWCHAIN, NLM_F_CREATE, Act::Create(format!("chain {band}")), |message| {
            message.text(NFTA_CHAIN_TABLE, TABLE);
            message.text(NFTA_CHAIN_NAME, &band);
        });
    }

    /// Looks into this set: drops what comes from its networks, or sends it through the chain behind the gate.
    pub(in crate::kernel) fn look_into(&mut self, set: SetId) {
        let band = (set.role == Role::Gate).then(|| band_chain(set));
        self.rule(&chain_of(set), &set.to_string(), |rule| {
            if set.scope == Scope::Inbound && set.gate().is_none() {
                rule.direction();
                rule.equals(&[IP_CT_DIR_ORIGINAL]);
            }
            source(rule, set.family);
            if set.prefix < set.family.bits() {
                rule.mask(set.mask(), set.family.zero(), set.family.length());
            }
            rule.lookup(&set.to_string());
            match &band {
                Some(band) => rule.verdict(Verdict::Jump(band)),
                None => {
                    rule.counter();
                    rule.verdict(Verdict::Drop);
                }
            }
        });
    }

    fn rule(&mut self, chain: &str, about: &str, expressions: impl FnOnce(&mut Expressions<'_>)) {
        let act = Act::Create(format!("the rule about {about} in chain {chain}"));
        self.say(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, act, |message| {
            message.text(NFTA_RULE_TABLE, TABLE);
            message.text(NFTA_RULE_CHAIN, chain);
            message.nest(NFTA_RULE_EXPRESSIONS, |list| expressions(&mut Expressions(list)));
        });
    }
}

fn accept_loopback(rule: &mut Expressions<'_>) {
    rule.meta(NFT_META_IIF);
    rule.equals(&LOOPBACK.to_ne_bytes());
    rule.verdict(Verdict::Accept);
}

fn accept_neighbour_discovery(rule: &mut Expressions<'_>) {
    rule.meta(NFT_META_NFPROTO);
    rule.equals(&[Family::V6.protocol()]);
    rule.meta(NFT_META_L4PROTO);
    rule.equals(&[ICMPV6]);
    rule.payload(Packet::Transport, 0, 1);
    rule.compare(NFT_CMP_GTE, &[*NEIGHBOUR_DISCOVERY.start()]);
    rule.compare(NFT_CMP_LTE, &[*NEIGHBOUR_DISCOVERY.end()]);
    rule.verdict(Verdict::Accept);
}

/// Loads the source address of a packet of this family.
fn source(rule: &mut Expressions<'_>, family: Family) {
    rule.meta(NFT_META_NFPROTO);
    rule.equals(&[family.protocol()]);
    rule.payload(Packet::Network, family.source_offset(), family.length());
}
