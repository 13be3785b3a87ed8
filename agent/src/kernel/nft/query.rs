//! Questions: what is in the kernel now.

use std::net::IpAddr;

use ipnetwork::IpNetwork;

use super::TABLE;
use super::message::{Writer, find_be32};
use super::rule::parse_chain;
use super::set::{SetId, ask_elements, parse_elements, parse_set};
use super::socket::{Question, Socket};
use super::table::{Table, described};
use super::uapi::{
    NFT_MSG_GETCHAIN, NFT_MSG_GETGEN, NFT_MSG_GETSET, NFT_MSG_GETSETELEM, NFT_MSG_GETTABLE, NFTA_GEN_ID,
    NFTA_SET_TABLE, NFTA_TABLE_NAME, NLM_F_DUMP,
};
use crate::kernel::error::{Act, Cause, KernelError, Refusal};

/// An element that the kernel holds, with the milliseconds that it has left.
pub(in crate::kernel) type Held = (IpNetwork, Option<u64>);

impl Socket {
    /// The table, if it exists.
    pub(in crate::kernel) fn table(&mut self) -> Result<Option<Table>, KernelError> {
        let question = Question { kind: NFT_MSG_GETTABLE, flags: 0, about: &described() };
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
    pub(in crate::kernel) fn sets(&mut self) -> Result<Vec<SetId>, KernelError> {
        let about = format!("the sets of {}", described());
        let question = Question { kind: NFT_MSG_GETSET, flags: NLM_F_DUMP, about: &about };
        let mut sets = Vec::new();
        let answer = self.ask(
            &question,
            |message| message.text(NFTA_SET_TABLE, TABLE),
            |found| match found {
                Some(attributes) => sets.extend(parse_set(attributes)),
                None => sets.clear(),
            },
        )?;
        unless_missing(answer)?;
        Ok(sets)
    }

    /// The chains of the table, each with the number of its rules.
    pub(in crate::kernel) fn chains(&mut self) -> Result<Vec<(String, usize)>, KernelError> {
        let about = format!("the chains of {}", described());
        let question = Question { kind: NFT_MSG_GETCHAIN, flags: NLM_F_DUMP, about: &about };
        let mut chains = Vec::new();
        let answer = self.ask(
            &question,
            |_| {},
            |found| match found {
                Some(attributes) => chains.extend(
                    parse_chain(attributes)
                        .and_then(|(name, rules)| Some((name.to_owned(), usize::try_from(rules).ok()?))),
                ),
                None => chains.clear(),
            },
        )?;
        unless_missing(answer)?;
        Ok(chains)
    }

    /// The generation of the ruleset: every change of anybody's table raises it.
    pub(in crate::kernel) fn generation(&mut self) -> Result<u32, KernelError> {
        let question = Question { kind: NFT_MSG_GETGEN, flags: 0, about: "the ruleset's generation" };
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

    /// Whether the set exists and holds this address.
    pub(in crate::kernel) fn holds(&mut self, set: SetId, address: IpAddr) -> Result<bool, KernelError> {
        let about = format!("{address} in set {set}");
        let question = Question { kind: NFT_MSG_GETSETELEM, flags: 0, about: &about };
        let answer = self.ask(&question, |message| ask_elements(message, set, Some(address)), |_| {})?;
        unless_missing(answer)
    }

    /// All elements of a set; a large one takes seconds.
    pub(in crate::kernel) fn elements(&mut self, set: SetId) -> Result<Vec<Held>, KernelError> {
        let about = format!("the elements of set {set}");
        let question = Question { kind: NFT_MSG_GETSETELEM, flags: NLM_F_DUMP, about: &about };
        let mut elements = Vec::new();
        let answer = self.ask(
            &question,
            |message| ask_elements(message, set, None),
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
