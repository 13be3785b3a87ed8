//! How many blocks there are of each kind, kept up to date with every change.

use std::collections::BTreeMap;

use ipnetwork::IpNetwork;

use super::reasons::Summary;
use crate::domain::{Scope, SourceClass};

/// How many elements one of the kernel's sets should hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Population {
    /// What its elements drop.
    pub scope: Scope,
    /// Whether they are IPv4 networks.
    pub ipv4: bool,
    /// Their prefix length.
    pub prefix: u8,
    /// How many there are.
    pub elements: usize,
}

/// The counts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    classes: BTreeMap<SourceClass, usize>,
    elements: BTreeMap<(Scope, bool, u8), usize>,
}

impl Tally {
    /// Notes that the block of `network` was one thing and is another.
    pub(super) fn note(&mut self, network: IpNetwork, before: Option<&Summary>, after: Option<&Summary>) {
        let kind = |scope| (scope, network.is_ipv4(), network.prefix());
        // Counted up before down, so that no count is dropped and made anew.
        for summary in after {
            *self.classes.entry(summary.class).or_default() += 1;
            for (scope, _) in summary.scopes() {
                *self.elements.entry(kind(scope)).or_default() += 1;
            }
        }
        for summary in before {
            less(&mut self.classes, summary.class);
            for (scope, _) in summary.scopes() {
                less(&mut self.elements, kind(scope));
            }
        }
    }

    pub(super) fn of_class(&self, class: SourceClass) -> usize {
        self.classes.get(&class).copied().unwrap_or_default()
    }

    pub(super) fn population(&self) -> impl Iterator<Item = Population> {
        self.elements.iter().map(|(&(scope, ipv4, prefix), &elements)| Population { scope, ipv4, prefix, elements })
    }
}

fn less<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(&key);
        }
    }
}
