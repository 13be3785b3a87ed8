//! Questions: what is in the kernel now.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnetwork::IpNetwork;

use super::TABLE;
use super::element::{Held, ask_elements, parse_addresses, parse_elements};
use super::message::{Writer, find_be32};
use super::rule::{Rule, parse_chain, parse_dropped, parse_rule};
use super::set::{Extent, Family, Present, SetId, parse_allowed, parse_set};
use super::socket::{Question, Socket};
use super::table::{Table, described};
use super::uapi::{
    NFT_MSG_GETCHAIN, NFT_MSG_GETGEN, NFT_MSG_GETRULE, NFT_MSG_GETSET, NFT_MSG_GETSETELEM, NFT_MSG_GETTABLE,
    NFTA_GEN_ID, NFTA_RULE_TABLE, NFTA_SET_TABLE, NFTA_TABLE_NAME, NLM_F_DUMP,
};
use crate::kernel::Counted;
use crate::kernel::error::{Act, Cause, KernelError, Refusal};

impl Socket {
    /// The table, if it exists.
    pub(in crate::kernel) fn table(&mut self) -> Result<Option<Table>, KernelError> {
        let about = described();
        let question = Question::nftables(NFT_MSG_GETTABLE, 0, &about);
        let mut table = None;
        let ask = |message: &mut Writer| message.text(NFTA_TABLE_NAME, TABLE);
        let answer = self.ask(&question, ask, |found| table = found.and_then(Table::parse))?;
        if unless_missing(answer)? && table.is_none() {
            let act = Act::Read(described());
            return Err(KernelError::Answer { act, what: "the table has no handle" });
        }
        Ok(table)
    }

    /// The sets of the table that this program knows how to use.
    pub(in crate::kernel) fn sets(&mut self) -> Result<Vec<Present>, KernelError> {
        self.list(NFT_MSG_GETSET, "sets", |ask| ask.text(NFTA_SET_TABLE, TABLE), parse_set)
    }

    /// The sets of the allowlist, by how far they reach.
    pub(in crate::kernel) fn allowlists(&mut self) -> Result<BTreeMap<Family, Extent>, KernelError> {
        let counts =
            self.list(NFT_MSG_GETSET, "sets", |ask| ask.text(NFTA_SET_TABLE, TABLE), parse_allowed)?;
        let extent = |(family, count)| {
            let endless = self.allowed_from(family, family.last())?;
            Ok((family, Extent { count, endless }))
        };
        counts.into_iter().map(extent).collect()
    }

    /// The names of the table's chains.
    pub(in crate::kernel) fn chains(&mut self) -> Result<Vec<String>, KernelError> {
        self.list(NFT_MSG_GETCHAIN, "chains", |_| {}, |found| parse_chain(found).map(str::to_owned))
    }

    /// The rules of the table.
    pub(in crate::kernel) fn rules(&mut self) -> Result<Vec<Rule>, KernelError> {
        self.list(NFT_MSG_GETRULE, "rules", |ask| ask.text(NFTA_RULE_TABLE, TABLE), parse_rule)
    }

    /// What the rules of the table have dropped, by the sets that they look into.
    pub(in crate::kernel) fn dropped(&mut self) -> Result<Vec<(SetId, Counted)>, KernelError> {
        self.list(NFT_MSG_GETRULE, "rules", |ask| ask.text(NFTA_RULE_TABLE, TABLE), parse_dropped)
    }

    /// All objects of one kind in the table; none when there is no table.
    fn list<T>(
        &mut self,
        kind: u16,
        what: &str,
        body: impl Fn(&mut Writer),
        parse: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Vec<T>, KernelError> {
        let about = format!("the {what} of {}", described());
        let question = Question::nftables(kind, NLM_F_DUMP, &about);
        let mut objects = Vec::new();
        let answer = self.ask(&question, body, |found| match found {
            Some(attributes) => objects.extend(parse(attributes)),
            None => objects.clear(),
        })?;
        unless_missing(answer)?;
        Ok(objects)
    }

    /// The generation of the ruleset: every change of anybody's table raises it.
    pub(in crate::kernel) fn generation(&mut self) -> Result<u32, KernelError> {
        let question = Question::nftables(NFT_MSG_GETGEN, 0, "the ruleset's generation");
        let mut generation = None;
        let each = |found: Option<&[u8]>| {
            generation = found.and_then(|attributes| find_be32(attributes, NFTA_GEN_ID))
        };
        self.ask(&question, |_| {}, each)?.map_err(refused)?;
        generation.ok_or_else(|| KernelError::Answer {
            act: Act::Read(question.about.to_owned()),
            what: "the answer holds no generation",
        })
    }

    /// The element of this set with this address; `None` when the set or the element is not there.
    pub(in crate::kernel) fn element(
        &mut self,
        set: SetId,
        address: IpAddr,
    ) -> Result<Option<Held>, KernelError> {
        self.look_up(&set.to_string(), address, |found| parse_elements(found, set).next())
    }

    /// Whether the allowlist holds this network as it is, or at least one that begins with the same address.
    pub(in crate::kernel) fn is_allowed(&mut self, network: IpNetwork) -> Result<bool, KernelError> {
        let first = network.network();
        Ok(self.allowed_from(Family::of(network), first)? == Some(first))
    }

    /// The first address of the allowed network that holds this one.
    fn allowed_from(&mut self, family: Family, address: IpAddr) -> Result<Option<IpAddr>, KernelError> {
        self.look_up(family.allowed(), address, |found| parse_addresses(found, family).next())
    }

    fn look_up<T>(
        &mut self,
        set: &str,
        address: IpAddr,
        parse: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, KernelError> {
        let about = format!("{address} in set {set}");
        let question = Question::nftables(NFT_MSG_GETSETELEM, 0, &about);
        let mut element = None;
        let each = |found: Option<&[u8]>| element = found.and_then(&parse);
        let answer = self.ask(&question, |message| ask_elements(message, set, Some(address)), each)?;
        Ok(if unless_missing(answer)? { element } else { None })
    }

    /// All elements of a set; a large one takes seconds.
    pub(in crate::kernel) fn elements(&mut self, set: SetId) -> Result<Vec<Held>, KernelError> {
        let about = format!("the elements of set {set}");
        let question = Question::nftables(NFT_MSG_GETSETELEM, NLM_F_DUMP, &about);
        let mut elements = Vec::new();
        let answer = self.ask(
            &question,
            |message| ask_elements(message, &set.to_string(), None),
            |found| match found {
                Some(attributes) => elements.extend(parse_elements(attributes, set)),
                None => elements.clear(),
            },
        )?;
        unless_missing(answer)?;
        Ok(elements)
    }
}

/// `false` when what was asked for does not exist.
fn unless_missing(answer: Result<(), Refusal>) -> Result<bool, KernelError> {
    match answer {
        Ok(()) => Ok(true),
        Err(refusal) if refusal.cause == Cause::Missing => Ok(false),
        Err(refusal) => Err(refused(refusal)),
    }
}

fn refused(refusal: Refusal) -> KernelError {
    match refusal.cause {
        Cause::NotPermitted => KernelError::NotPermitted { act: refusal.act },
        _ => KernelError::Structure(refusal),
    }
}
