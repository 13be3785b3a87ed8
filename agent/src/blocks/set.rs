//! All blocks in force.

use std::{
    collections::{
        BTreeMap,
        btree_map::{Entry, OccupiedEntry},
    },
    net::IpAddr,
    ops::Bound,
    sync::Arc,
};

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use super::{
    Change, Gone, Population,
    agenda::Agenda,
    origins::Origins,
    reasons::{Kept, Reasons, Summary},
    tally::Tally,
    timeline::Timeline,
};
use crate::{
    domain::{Block, Origin, Reason, Scope, SourceClass},
    guard::{Guarded, canonical},
};

/// One block a network; each block the union of its reasons. Times are kept to the millisecond.
///
/// A million blocks take some 130 MB.
#[derive(Debug)]
pub struct BlockSet {
    scope_of_peers: Scope,
    blocks: BTreeMap<IpNetwork, Reasons>,
    agenda: Agenda,
    origins: Origins,
    tally: Tally,
    line: Timeline,
}

impl BlockSet {
    /// An empty set. `scope_of_peers` is what a reason drops that is a peer's.
    #[must_use]
    pub fn new(scope_of_peers: Scope) -> Self {
        Self {
            scope_of_peers,
            blocks: BTreeMap::new(),
            agenda: Agenda::default(),
            origins: Origins::default(),
            tally: Tally::default(),
            line: Timeline::default(),
        }
    }

    /// Adds a reason to the block of `network`, or makes one. A newer reason of the same origin replaces the older,
    /// keeping when it began and never shortening the block. Where peers give too many, one goes that ends first.
    pub fn add(&mut self, network: Guarded, reason: Reason) -> (Vec<Change>, Option<Gone>) {
        let network = network.network();
        let origin = self.origins.shared(Arc::clone(&reason.origin));
        let kept = Kept::new(origin, &reason, &self.line);
        let (before, after, dropped) = match self.blocks.entry(network) {
            Entry::Vacant(vacant) => {
                (None, vacant.insert(Reasons::One(kept)).summary(self.scope_of_peers), None)
            }
            Entry::Occupied(mut occupied) => {
                let before = occupied.get().summary(self.scope_of_peers);
                let dropped = occupied.get_mut().merge(kept);
                (before, occupied.get().summary(self.scope_of_peers), dropped)
            }
        };
        self.note(network, before, after);
        (self.changes(network, before, after), dropped.map(|origin| Gone::Reason(network, origin)))
    }

    /// Takes back the reasons of `network` for which `goes` holds; the rest decide.
    pub fn retract(
        &mut self,
        network: IpNetwork,
        goes: impl Fn(&Origin) -> bool,
    ) -> (Vec<Change>, Vec<Gone>) {
        let network = canonical(network);
        let Entry::Occupied(entry) = self.blocks.entry(network) else { return Default::default() };
        let (before, after, gone) = without(entry, self.scope_of_peers, |kept| goes(kept.origin()));
        self.note(network, before, after);
        (self.changes(network, before, after), gone)
    }

    /// Forgets reasons that have ended by `now`, of at most `limit` networks. The kernel needs no word of it: its own
    /// timeouts agree.
    pub fn expire(&mut self, now: Timestamp, limit: usize) -> Vec<Gone> {
        let now = self.line.moment(now);
        let mut all_gone = Vec::new();
        for network in self.agenda.due(now, limit) {
            let Entry::Occupied(entry) = self.blocks.entry(network) else { continue };
            let (before, after, gone) = without(entry, self.scope_of_peers, |kept| kept.has_ended(now));
            self.tally.note(network, before.as_ref(), after.as_ref());
            if let Some(after) = after {
                self.agenda.put(network, after.next_end);
            }
            all_gone.extend(gone);
        }
        all_gone
    }

    /// The wall clock was set by so much: all that is in the set lasts as long as it was to last.
    pub fn clock_set(&mut self, by: SignedDuration) {
        self.line.clock_set(by);
    }

    /// Keeps counts and agenda in step with a block that changed.
    fn note(&mut self, network: IpNetwork, before: Option<Summary>, after: Option<Summary>) {
        self.tally.note(network, before.as_ref(), after.as_ref());
        if let Some(after) = after
            && before.is_none_or(|before| after.next_end < before.next_end)
        {
            self.agenda.put(network, after.next_end);
        }
        if self.agenda.is_bloated(self.blocks.len()) {
            let summaries =
                self.blocks.iter().map(|(network, reasons)| (network, reasons.summary(Scope::All)));
            self.agenda
                .refill(summaries.filter_map(|(network, summary)| Some((*network, summary?.next_end))));
        }
    }

    fn changes(&self, network: IpNetwork, before: Option<Summary>, after: Option<Summary>) -> Vec<Change> {
        let scopes = |summary: Option<Summary>| summary.into_iter().flat_map(|summary| summary.scopes());
        let enforced = scopes(after).filter(|new| !scopes(before).any(|old| old == *new));
        let released = scopes(before).filter(|(old, _)| !scopes(after).any(|(new, _)| new == *old));
        // What is new is enforced before the old is let go, so that nothing leaks in between.
        enforced
            .map(|(scope, until)| Change::Enforce { network, scope, until: self.line.time(until) })
            .chain(released.map(|(scope, _)| Change::Release { network, scope }))
            .collect()
    }

    fn block(&self, network: IpNetwork, reasons: &Reasons) -> Block {
        Block { network, reasons: reasons.as_slice().iter().map(|kept| kept.reason(&self.line)).collect() }
    }

    /// The block of exactly this network.
    #[must_use]
    pub fn get(&self, network: IpNetwork) -> Option<Block> {
        let network = canonical(network);
        self.blocks.get(&network).map(|reasons| self.block(network, reasons))
    }

    /// When the block of exactly this network ends, unless it has ended by `now`.
    #[must_use]
    pub fn end(&self, network: IpNetwork, now: Timestamp) -> Option<Timestamp> {
        let ends = self.blocks.get(&canonical(network))?.as_slice().iter().map(|kept| kept.until());
        ends.max().map(|end| self.line.time(end)).filter(|end| *end > now)
    }

    /// Whether exactly this network is blocked.
    #[must_use]
    pub fn contains(&self, network: IpNetwork) -> bool {
        self.blocks.contains_key(&canonical(network))
    }

    /// All blocks that drop this address, the narrowest first.
    pub fn covering(&self, address: IpAddr) -> impl Iterator<Item = Block> {
        let longest: u8 = if address.is_ipv4() { 32 } else { 128 };
        (0..=longest)
            .rev()
            .filter_map(move |prefix| IpNetwork::new(address, prefix).ok())
            .filter_map(|network| self.get(network))
    }

    /// All blocks, in the order of their networks.
    pub fn iter(&self) -> impl Iterator<Item = Block> {
        self.page(None)
    }

    /// The blocks behind `after`, or all, in the order of their networks.
    pub fn page(&self, after: Option<IpNetwork>) -> impl Iterator<Item = Block> {
        let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(canonical(after)));
        self.blocks.range((from, Bound::Unbounded)).map(|(network, reasons)| self.block(*network, reasons))
    }

    /// The blocked networks that have an address in common with `network`.
    pub fn overlapping(&self, network: IpNetwork) -> Vec<IpNetwork> {
        let network = canonical(network);
        let around = (0..network.prefix())
            .filter_map(|prefix| IpNetwork::new(network.ip(), prefix).ok())
            .map(canonical)
            .filter(|wider| self.blocks.contains_key(wider));
        // In the order of the networks, what lies in one stands right behind it.
        let within = self.blocks.range(network..).map(|(inner, _)| *inner);
        around.chain(within.take_while(|inner| network.contains(inner.ip()))).collect()
    }

    /// The networks for a reason of which `holds` holds, in their order.
    pub fn networks(&self, holds: impl Fn(IpNetwork, &Origin) -> bool) -> impl Iterator<Item = IpNetwork> {
        self.blocks
            .iter()
            .filter(move |(network, reasons)| {
                reasons.as_slice().iter().any(|kept| holds(**network, kept.origin()))
            })
            .map(|(network, _)| *network)
    }

    /// How many networks are blocked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Whether nothing is blocked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// How many blocks there are whose [`Block::source`] is this class.
    #[must_use]
    pub fn count(&self, class: SourceClass) -> usize {
        self.tally.of_class(class)
    }

    /// How many elements each of the kernel's sets holds that stay beyond `moment`; nothing when more than `limit`
    /// networks end before.
    pub fn population(&mut self, moment: Timestamp, limit: usize) -> Option<Vec<Population>> {
        let moment = self.line.moment(moment);
        let ending = self.agenda.due(moment, limit);
        let are_all = !self.agenda.has_due(moment);
        let mut leaving = Tally::default();
        for network in &ending {
            let Some(summary) =
                self.blocks.get(network).and_then(|reasons| reasons.summary(self.scope_of_peers))
            else {
                continue;
            };
            self.agenda.put(*network, summary.next_end);
            leaving.note_elements(*network, summary.scopes().filter(|(_, until)| *until <= moment));
        }
        are_all.then(|| self.tally.population_without(&leaving).collect())
    }

    /// Everything the kernel should hold: what a rebuild writes.
    pub fn desired(&self) -> impl Iterator<Item = Change> {
        self.blocks.iter().flat_map(move |(&network, reasons)| {
            let scopes =
                reasons.summary(self.scope_of_peers).into_iter().flat_map(|summary| summary.scopes());
            scopes.map(move |(scope, until)| Change::Enforce { network, scope, until: self.line.time(until) })
        })
    }
}

/// Takes reasons out of a block, and the block out of the set when none is left.
fn without(
    mut entry: OccupiedEntry<'_, IpNetwork, Reasons>,
    of_peers: Scope,
    goes: impl Fn(&Kept) -> bool,
) -> (Option<Summary>, Option<Summary>, Vec<Gone>) {
    let network = *entry.key();
    let before = entry.get().summary(of_peers);
    let origins = entry.get_mut().remove(goes);
    let after = entry.get().summary(of_peers);
    let gone = if after.is_some() {
        origins.into_iter().map(|origin| Gone::Reason(network, origin)).collect()
    } else {
        entry.remove();
        vec![Gone::Block(network)]
    };
    (before, after, gone)
}
