//! From wishes to batches: pure, so that the limits can be tested without a kernel.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnetwork::IpNetwork;

use super::error::{Act, Cause, Refusal};
use super::nft::{Held, Item, SetId, Side, Verb};
use super::{Change, Element, Timeout};
use crate::domain::canonical;

/// Bytes of elements in one batch: 5,000 IPv4 elements, well below the 208 KiB of a default send buffer.
const BATCH: usize = 5_000 * 28;
/// A gate outlives what stands behind it by up to this many milliseconds, so that it is not written anew each time
/// that a block begins anew.
const GATE_GRACE: u64 = 120_000;
/// What a batch grows by when it creates a set and the rule that looks into it.
const NEW_SET: usize = 1024;

/// One element to be written or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Op {
    pub(super) set: SetId,
    /// Without host bits.
    pub(super) network: IpNetwork,
    pub(super) verb: Verb,
    /// In milliseconds; `None` stays until it is removed.
    pub(super) timeout: Option<u64>,
}

/// Whether the elements may be there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// They are new: a plain add will do.
    Fresh,
    /// Add, delete and add again: the only way to replace a timeout that works on every kernel.
    Refresh,
}

/// What changes come to: each element at most once.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// To be written, before anything is removed: so an element that moves from one scope to the other is in both
    /// for a moment and never in neither.
    pub(super) adds: Vec<Op>,
    /// To be removed.
    pub(super) removes: Vec<Op>,
    /// What the kernel need not be asked.
    pub(super) refused: Vec<Refusal>,
}

impl Plan {
    /// The operations that bring about `changes` in the sets of `side`; the last word about an element counts.
    pub(super) fn of(changes: impl IntoIterator<Item = Change>, side: Side) -> Self {
        let mut plan = Self::default();
        let mut ops: Vec<Op> = Vec::new();
        for change in changes {
            match Op::new(&change, side) {
                Ok(op) => ops.push(op),
                Err(refusal) => plan.refused.push(refusal),
            }
        }
        // The sort is stable: of several wishes about one element, the last comes first and stays.
        ops.reverse();
        ops.sort_by_key(|op| (op.set, op.network));
        ops.dedup_by_key(|op| (op.set, op.network));
        (plan.adds, plan.removes) = ops.into_iter().partition(|op| op.verb == Verb::Add);
        plan
    }

    /// The operations that write `elements`, whose timeouts began to run `elapsed` milliseconds ago.
    pub(super) fn writing(elements: &[Element], elapsed: u64, side: Side) -> Self {
        let mut plan = Self::of(elements.iter().copied().map(Change::Add), side);
        for op in &mut plan.adds {
            op.timeout = op.timeout.map(|timeout| timeout.saturating_sub(elapsed).max(1));
        }
        plan
    }
}

/// The operations that open the gates in front of `adds`, for as long as the longest needs it.
pub(super) fn gates(adds: &[Op]) -> Vec<Op> {
    let mut gates: BTreeMap<(SetId, IpNetwork), Option<u64>> = BTreeMap::new();
    for op in adds {
        let Some((gate, cut)) = op.set.gate().zip(op.gate()) else { continue };
        let needed = op.timeout.map(|timeout| timeout.saturating_add(GATE_GRACE).min(Timeout::LONGEST));
        gates
            .entry((gate, cut))
            .and_modify(|timeout| *timeout = timeout.zip(needed).map(|(one, other)| one.max(other)))
            .or_insert(needed);
    }
    let open = |((set, network), timeout)| Op { set, network, verb: Verb::Add, timeout };
    gates.into_iter().map(open).collect()
}

/// Whether a gate that the kernel holds stays as long as `op` needs it.
pub(super) fn is_open(held: &Held, op: &Op) -> bool {
    match (held.left, op.timeout) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(left), Some(needed)) => left.saturating_add(GATE_GRACE / 2) >= needed,
    }
}

impl Op {
    fn new(change: &Change, side: Side) -> Result<Self, Refusal> {
        let (network, scope, verb, timeout) = match *change {
            Change::Add(Element { network, scope, timeout }) => (network, scope, Verb::Add, timeout),
            Change::Remove { network, scope } => (network, scope, Verb::Remove, None),
        };
        let network = canonical(network);
        let op = Self {
            set: SetId::of(network, scope, side),
            network,
            verb,
            timeout: timeout.map(Timeout::milliseconds),
        };
        if network.prefix() == 0 { Err(op.refusal(Cause::Everything, None)) } else { Ok(op) }
    }

    pub(super) fn item(&self, index: usize) -> Item {
        Item { index, address: self.network.network(), timeout: self.timeout }
    }

    pub(super) fn refusal(&self, cause: Cause, words: Option<String>) -> Refusal {
        let (network, set) = (self.network, self.set.to_string());
        let act = match self.verb {
            Verb::Add => Act::Add { network, set },
            Verb::Remove => Act::Remove { network, set },
        };
        Refusal { act, cause, words }
    }

    /// The gate in front of the element.
    pub(super) fn gate(&self) -> Option<IpNetwork> {
        let gate = self.set.gate()?;
        IpNetwork::new(self.network.network(), gate.prefix).ok().map(canonical)
    }

    fn cost(&self, mode: Mode) -> usize {
        let with_timeout = self.item(0).length();
        let key = Item { timeout: None, ..self.item(0) }.length();
        match mode {
            Mode::Fresh => with_timeout,
            Mode::Refresh => 2 * with_timeout + key,
        }
    }
}

/// Cuts `ops` where a batch would outgrow the socket's buffer; `exists` tells which sets are there already.
pub(super) fn batches(ops: &[Op], mode: Mode, exists: impl Fn(SetId) -> bool) -> Vec<&[Op]> {
    let mut batches = Vec::new();
    let (mut start, mut size, mut last) = (0, 0, None);
    for (index, op) in ops.iter().enumerate() {
        let new_set = if last == Some(op.set) || exists(op.set) { 0 } else { NEW_SET };
        last = Some(op.set);
        let cost = op.cost(mode) + new_set;
        if size + cost > BATCH && index > start {
            batches.extend(ops.get(start..index));
            (start, size) = (index, 0);
        }
        size += cost;
    }
    batches.extend(ops.get(start..).filter(|rest| !rest.is_empty()));
    batches
}

/// Whether one of `networks`, which are sorted and apart as [`crate::domain::outermost`] makes them, holds this
/// address.
pub(super) fn holds(networks: &[IpNetwork], address: IpAddr) -> bool {
    let behind = networks.partition_point(|network| network.network() <= address);
    behind.checked_sub(1).and_then(|last| networks.get(last)).is_some_and(|network| network.contains(address))
}

#[cfg(test)]
mod tests;
