//! The set of blocks in force, and what each change to it means for the kernel (DESIGN section 10).
//!
//! Pure: the set says what the kernel must be told, and somebody else tells it.

use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
};

use ipnetwork::IpNetwork;
use jiff::Timestamp;

use crate::{
    domain::{Block, Origin, Reason, Scope},
    guard::{Guarded, canonical},
};

/// What the kernel must be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Drop this network in this scope until then; replaces an earlier expiry.
    Enforce {
        /// What to drop.
        network: IpNetwork,
        /// How much of its traffic.
        scope: Scope,
        /// When it ends.
        until: Timestamp,
    },
    /// Stop dropping this network in this scope.
    Release {
        /// What is let go.
        network: IpNetwork,
        /// The scope it was in.
        scope: Scope,
    },
}

/// All blocks in force. One block a network; each block the union of its reasons.
#[derive(Debug)]
pub struct BlockSet {
    scope_of_peers: Scope,
    blocks: HashMap<IpNetwork, Block>,
    expiries: BTreeSet<(Timestamp, IpNetwork)>,
}

impl BlockSet {
    /// An empty set. `scope_of_peers` is what a block drops that only peers asked for.
    #[must_use]
    pub fn new(scope_of_peers: Scope) -> Self {
        Self { scope_of_peers, blocks: HashMap::new(), expiries: BTreeSet::new() }
    }

    /// Adds a reason to the block of `network`, or makes one. A newer reason of the same origin replaces the older,
    /// keeping when it began and never shortening the block.
    pub fn add(&mut self, network: Guarded, reason: Reason) -> Vec<Change> {
        let network = network.network();
        self.update(network, |block| merge(&mut block.reasons, reason))
    }

    /// Takes back the reasons of `network` for which `goes` holds; the rest decide.
    pub fn retract(&mut self, network: IpNetwork, goes: impl Fn(&Origin) -> bool) -> Vec<Change> {
        self.update(canonical(network), |block| block.reasons.retain(|reason| !goes(&reason.origin)))
    }

    fn update(&mut self, network: IpNetwork, change: impl FnOnce(&mut Block)) -> Vec<Change> {
        let before = self.state(network);
        let block = self.blocks.entry(network).or_insert_with(|| Block { network, reasons: Vec::new() });
        change(block);
        if block.reasons.is_empty() {
            self.blocks.remove(&network);
        }
        let after = self.state(network);
        if let Some((_, until)) = before {
            self.expiries.remove(&(until, network));
        }
        if let Some((_, until)) = after {
            self.expiries.insert((until, network));
        }
        transition(network, before, after)
    }

    fn state(&self, network: IpNetwork) -> Option<(Scope, Timestamp)> {
        self.blocks.get(&network).map(|block| (block.scope(self.scope_of_peers), block.until()))
    }

    /// Forgets what has expired by `now` (the kernel times its elements out by itself) and names it.
    pub fn expire(&mut self, now: Timestamp) -> Vec<IpNetwork> {
        let mut expired = Vec::new();
        while let Some((until, network)) = self.expiries.first().copied().filter(|(until, _)| *until <= now) {
            self.expiries.remove(&(until, network));
            self.blocks.remove(&network);
            expired.push(network);
        }
        expired
    }

    /// The block of exactly this network.
    #[must_use]
    pub fn get(&self, network: IpNetwork) -> Option<&Block> {
        self.blocks.get(&canonical(network))
    }

    /// All blocks that drop this address, the narrowest first.
    pub fn covering(&self, address: IpAddr) -> impl Iterator<Item = &Block> {
        let longest: u8 = if address.is_ipv4() { 32 } else { 128 };
        (0..=longest)
            .rev()
            .filter_map(move |prefix| IpNetwork::new(address, prefix).ok())
            .filter_map(|network| self.blocks.get(&canonical(network)))
    }

    /// All blocks, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Block> {
        self.blocks.values()
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

    /// Everything the kernel should hold: what a rebuild writes.
    pub fn desired(&self) -> impl Iterator<Item = Change> {
        self.blocks.values().map(|block| Change::Enforce {
            network: block.network,
            scope: block.scope(self.scope_of_peers),
            until: block.until(),
        })
    }
}

fn merge(reasons: &mut Vec<Reason>, new: Reason) {
    match reasons.iter_mut().find(|old| old.origin == new.origin) {
        Some(old) => {
            *old = Reason {
                since: old.since.min(new.since),
                until: old.until.max(new.until),
                log: new.log.or(old.log),
                ..new
            }
        }
        None => reasons.push(new),
    }
}

fn transition(
    network: IpNetwork,
    before: Option<(Scope, Timestamp)>,
    after: Option<(Scope, Timestamp)>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    if before == after {
        return changes;
    }
    if let Some((scope, until)) = after {
        changes.push(Change::Enforce { network, scope, until });
    }
    // The new scope is enforced before the old one is let go, so that nothing leaks in between.
    if let Some((scope, _)) = before.filter(|(scope, _)| after.is_none_or(|(now, _)| now != *scope)) {
        changes.push(Change::Release { network, scope });
    }
    changes
}

#[cfg(test)]
mod tests;
