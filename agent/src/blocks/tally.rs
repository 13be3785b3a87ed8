//! How many blocks there are of each kind, kept up to date with every change.

use std::collections::BTreeMap;

use ipnetwork::IpNetwork;

use super::{reasons::Summary, timeline::Moment};
use crate::domain::{Population, Scope, SourceClass};

/// The counts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    classes: BTreeMap<SourceClass, usize>,
    elements: BTreeMap<Kind, usize>,
}

impl Tally {
    /// Notes that the block of `network` was one thing and is another.
    pub(super) fn note(&mut self, network: IpNetwork, before: Option<&Summary>, after: Option<&Summary>) {
        // Counted up before down, so that no count is dropped and made anew.
        if let Some(summary) = after {
            *self.classes.entry(summary.class).or_default() += 1;
            self.note_elements(network, summary.scopes());
        }
        if let Some(summary) = before {
            less(&mut self.classes, summary.class);
            for (scope, _) in summary.scopes() {
                less(&mut self.elements, kind(network, scope));
            }
        }
    }

    /// Counts the elements of one network.
    pub(super) fn note_elements(
        &mut self,
        network: IpNetwork,
        scopes: impl Iterator<Item = (Scope, Moment)>,
    ) {
        for (scope, _) in scopes {
            *self.elements.entry(kind(network, scope)).or_default() += 1;
        }
    }

    pub(super) fn of_class(&self, class: SourceClass) -> usize {
        self.classes.get(&class).copied().unwrap_or_default()
    }

    /// The elements, less those of the other account.
    pub(super) fn population_without(&self, leaving: &Self) -> impl Iterator<Item = Population> {
        self.elements.iter().filter_map(|(kind, &elements)| {
            let (scope, ipv4, prefix) = *kind;
            let elements = elements.saturating_sub(leaving.elements.get(kind).copied().unwrap_or_default());
            (elements > 0).then_some(Population { scope, ipv4, prefix, elements })
        })
    }
}

/// What the elements of one of the kernel's sets have in common: scope, whether they are IPv4, and prefix length.
type Kind = (Scope, bool, u8);

fn kind(network: IpNetwork, scope: Scope) -> Kind {
    (scope, network.is_ipv4(), network.prefix())
}

fn less<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(&key);
        }
    }
}
