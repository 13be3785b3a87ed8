//! Which network has to be looked at when, since something about its block ends.

use std::{cmp::Reverse, collections::BinaryHeap};

use ipnetwork::IpNetwork;

use super::timeline::Moment;

/// Entries that may be out of date before they are counted.
const SPARE: usize = 1024;

/// A heap of 24 bytes a network.
///
/// Each blocked network has an entry at or before its next ending. An entry is never taken out before its time: whoever
/// finds nothing ended puts the network back. So a block that is made longer again and again costs nothing here.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BinaryHeap<Reverse<(u32, IpNetwork)>>,
}

impl Agenda {
    /// Something about `network` ends at this moment.
    pub(super) fn put(&mut self, network: IpNetwork, ends: Moment) {
        self.entries.push(Reverse((second(ends), network)));
    }

    /// Takes out what has to be looked at by now, each network once; of `limit` entries at the most.
    pub(super) fn due(&mut self, now: Moment, limit: usize) -> Vec<IpNetwork> {
        let now = second(now);
        let mut due = Vec::new();
        while due.len() < limit && self.entries.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            due.extend(self.entries.pop().map(|Reverse((_, network))| network));
        }
        due.sort_unstable();
        due.dedup();
        due
    }

    /// Whether there is anything left to be looked at by now.
    pub(super) fn has_due(&self, now: Moment) -> bool {
        self.entries.peek().is_some_and(|Reverse((at, _))| *at <= second(now))
    }

    /// Whether more than half of the entries must be out of date when `blocks` networks are blocked.
    pub(super) fn is_bloated(&self, blocks: usize) -> bool {
        self.entries.len() > blocks.saturating_mul(2).saturating_add(SPARE)
    }

    /// Starts anew with these.
    pub(super) fn refill(&mut self, endings: impl Iterator<Item = (IpNetwork, Moment)>) {
        self.entries = endings.map(|(network, ends)| Reverse((second(ends), network))).collect();
    }
}

/// The second in which a moment lies, from 1970 to 2106; what lies beyond is looked at then.
fn second(moment: Moment) -> u32 {
    u32::try_from(moment.div_euclid(1000).max(0)).unwrap_or(u32::MAX)
}
