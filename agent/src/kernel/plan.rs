//! From wishes to batches: pure, so that the limits can be tested without a kernel.

use std::time::Duration;

use ipnetwork::IpNetwork;

use super::error::{Act, Cause, Refusal};
use super::nft::{Item, SetId, Verb};
use super::{Change, Element, Scope};

/// Bytes of elements in one batch: 5,000 IPv4 elements, well below the 208 KiB of a default send buffer.
const BATCH: usize = 5_000 * 28;
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

impl Op {
    fn new(network: IpNetwork, scope: Scope, verb: Verb, timeout: Option<Duration>) -> Result<Self, Refusal> {
        let network = IpNetwork::new(network.network(), network.prefix()).unwrap_or(network);
        let op = Self { set: SetId::of(network, scope), network, verb, timeout: timeout.map(milliseconds) };
        if network.prefix() == 0 { Err(op.refusal(Cause::Everything, None)) } else { Ok(op) }
    }

    pub(super) fn item(&self, index: usize) -> Item {
        Item { index, address: self.network.network(), timeout: self.timeout }
    }

    pub(super) fn refusal(&self, cause: Cause, words: Option<String>) -> Refusal {
        Refusal { act: act(self.verb, self.network, self.set), cause, words }
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

/// The act of `verb` on this element, as an error names it.
pub(super) fn act(verb: Verb, network: IpNetwork, set: SetId) -> Act {
    let set = set.to_string();
    match verb {
        Verb::Add => Act::Add { network, set },
        Verb::Remove => Act::Remove { network, set },
    }
}

/// The operations that bring about `changes`, of which the last one counts for each element.
///
/// What is added comes before what is removed, so that an element that moves from one scope to the other is
/// in both for a moment and never in neither.
pub(super) fn operations(changes: &[Change]) -> (Vec<Op>, Vec<Refusal>) {
    arrange(changes.iter().map(|change| match *change {
        Change::Add(Element { network, scope, timeout }) => Op::new(network, scope, Verb::Add, timeout),
        Change::Remove { network, scope } => Op::new(network, scope, Verb::Remove, None),
    }))
}

/// The operations that write `elements`.
pub(super) fn additions(elements: &[Element]) -> (Vec<Op>, Vec<Refusal>) {
    arrange(
        elements.iter().map(|element| Op::new(element.network, element.scope, Verb::Add, element.timeout)),
    )
}

fn arrange(wishes: impl Iterator<Item = Result<Op, Refusal>>) -> (Vec<Op>, Vec<Refusal>) {
    let mut refused = Vec::new();
    let mut ops: Vec<Op> =
        wishes.filter_map(|wish| wish.map_err(|refusal| refused.push(refusal)).ok()).collect();
    // The sort is stable: of several wishes about one element, the last comes first and stays.
    ops.reverse();
    ops.sort_by_key(|op| (op.set, op.network));
    ops.dedup_by_key(|op| (op.set, op.network));
    ops.sort_by_key(|op| op.verb == Verb::Remove);
    (ops, refused)
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

/// The networks that no other one holds, without repetition.
pub(super) fn outermost(networks: &[IpNetwork]) -> Vec<IpNetwork> {
    let mut sorted: Vec<IpNetwork> = networks.to_vec();
    sorted.sort_by_key(|network| (network.network(), network.prefix()));
    let mut kept: Vec<IpNetwork> = Vec::new();
    for network in sorted {
        // Networks nest or are apart, so only the last one kept can hold this one.
        if !kept.last().is_some_and(|outer| outer.contains(network.network())) {
            kept.push(network);
        }
    }
    kept
}

/// At least one millisecond, because the kernel takes zero for "never".
fn milliseconds(timeout: Duration) -> u64 {
    /// The kernel counts timeouts in nanoseconds of 64 bits.
    const LONGEST: u64 = u64::MAX / 1_000_000 - 1;
    u64::try_from(timeout.as_millis()).unwrap_or(LONGEST).clamp(1, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> IpNetwork {
        text.parse().unwrap()
    }

    fn add(text: &str, scope: Scope) -> Change {
        Change::Add(Element { network: network(text), scope, timeout: Some(Duration::from_secs(60)) })
    }

    fn remove(text: &str, scope: Scope) -> Change {
        Change::Remove { network: network(text), scope }
    }

    #[test]
    fn the_last_word_about_an_element_counts() {
        let (ops, _) = operations(&[add("203.0.113.7", Scope::All), remove("203.0.113.7/32", Scope::All)]);
        assert_eq!(ops.iter().map(|op| op.verb).collect::<Vec<_>>(), [Verb::Remove]);
    }

    #[test]
    fn an_element_that_changes_scope_is_added_before_it_is_removed() {
        for (to, from) in [(Scope::All, Scope::Inbound), (Scope::Inbound, Scope::All)] {
            let (ops, _) = operations(&[remove("203.0.113.7", from), add("203.0.113.7", to)]);
            assert_eq!(ops.iter().map(|op| op.verb).collect::<Vec<_>>(), [Verb::Add, Verb::Remove]);
        }
    }

    #[test]
    fn host_bits_do_not_make_another_element() {
        let (ops, _) = operations(&[add("203.0.113.7/24", Scope::All), add("203.0.113.9/24", Scope::All)]);
        assert_eq!(ops.iter().map(|op| op.network).collect::<Vec<_>>(), [network("203.0.113.0/24")]);
    }

    #[test]
    fn a_network_of_every_address_is_refused() {
        let (ops, refused) = operations(&[add("0.0.0.0/0", Scope::All), add("::/0", Scope::Inbound)]);
        assert!(ops.is_empty());
        assert_eq!(refused[0].to_string(), "adding 0.0.0.0/0 to set blocked4_0: it holds every address");
        assert_eq!(refused.len(), 2);
    }

    #[test]
    fn a_timeout_is_never_rounded_to_forever() {
        assert_eq!(milliseconds(Duration::ZERO), 1);
        assert_eq!(milliseconds(Duration::from_millis(1500)), 1500);
        assert!(milliseconds(Duration::MAX) < u64::MAX / 1_000_000);
    }

    #[test]
    fn batches_hold_every_operation_once_and_at_most_five_thousand() {
        let elements: Vec<Element> = (0..12_345_u32)
            .map(|index| Element {
                network: IpNetwork::from(std::net::IpAddr::from((0x0a00_0000 + index).to_be_bytes())),
                scope: Scope::All,
                timeout: Some(Duration::from_secs(1)),
            })
            .collect();
        let (ops, _) = additions(&elements);
        let batches = batches(&ops, Mode::Fresh, |_| true);
        assert_eq!(batches.concat(), ops);
        assert!(batches.iter().all(|batch| batch.len() <= 5_000));
        assert_eq!(batches.len(), 3);
    }

    #[test]
    fn an_allowed_network_inside_another_is_left_out() {
        let networks = ["10.1.0.0/16", "10.0.0.0/8", "10.0.0.0/8", "192.0.2.1", "2001:db8::/32"].map(network);
        let kept = outermost(&networks);
        assert_eq!(kept, ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"].map(network));
    }
}
