//! What this agent saw itself.

use std::collections::{BTreeSet, HashMap};

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

/// When networks attacked this agent itself, the last time of each; the latest of them, so many at the most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sightings {
    limit: usize,
    last: HashMap<IpNetwork, Timestamp>,
    by_time: BTreeSet<(Timestamp, IpNetwork)>,
}

impl Sightings {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, last: HashMap::new(), by_time: BTreeSet::new() }
    }

    pub(super) fn of(&self, network: IpNetwork) -> Option<Timestamp> {
        self.last.get(&network).copied()
    }

    pub(super) fn note(&mut self, network: IpNetwork, at: Timestamp) {
        if self.of(network).is_some_and(|known| known >= at) {
            return;
        }
        self.forget(network);
        self.last.insert(network, at);
        self.by_time.insert((at, network));
        if self.last.len() > self.limit
            && let Some((_, oldest)) = self.by_time.pop_first()
        {
            self.last.remove(&oldest);
        }
    }

    pub(super) fn forget(&mut self, network: IpNetwork) {
        if let Some(at) = self.last.remove(&network) {
            self.by_time.remove(&(at, network));
        }
    }

    pub(super) fn forget_before(&mut self, time: Timestamp) {
        while let Some((_, network)) = self.by_time.first().copied().filter(|(at, _)| *at < time) {
            self.forget(network);
        }
    }

    pub(super) fn clock_set(&mut self, by: SignedDuration) {
        for at in self.last.values_mut() {
            *at = at.saturating_add(by).unwrap_or(*at);
        }
        self.by_time = self.last.iter().map(|(network, at)| (*at, *network)).collect();
    }
}
