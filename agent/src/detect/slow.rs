//! Slow brute force: few attempts an hour, for hours, counted in a table of fixed size.
//!
//! However many sources there are, the table takes [`SLOTS`] times 16 bytes: 2 MiB. All sources of a neighbourhood (the
//! /24 of IPv4, the /48 of IPv6) share one bucket of [`BUCKET`] slots, which a secret hash chooses; a new source takes
//! the slot of whoever is emptiest there. So whoever floods the table from a network of their own pushes out only
//! their own neighbours, and a flood from everywhere pushes out those who have done the least.

use std::hash::{BuildHasher, RandomState};

use ipnetwork::IpNetwork;

use super::{
    gauge::{Gauge, Measure},
    network_of,
};

/// Sources that are remembered in all.
pub(super) const SLOTS: usize = BUCKETS * BUCKET;
/// Sources of one bucket.
const BUCKET: usize = 16;
const BUCKETS: usize = 8192;

/// How full the bucket of each source is.
#[derive(Debug)]
pub(super) struct Slow {
    slots: Vec<Slot>,
    hasher: RandomState,
    measure: Measure,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    source: u64,
    gauge: Gauge,
}

impl Slow {
    pub(super) fn new(measure: Measure) -> Self {
        let size = if measure.limit == 0 { 0 } else { SLOTS };
        Self { slots: vec![Slot::default(); size], hasher: RandomState::new(), measure }
    }

    /// Counts points of a source at a Unix second; whether they are too many, and then begins anew.
    pub(super) fn add(&mut self, network: IpNetwork, points: u32, at: u32) -> bool {
        let measure = self.measure;
        let source = self.hasher.hash_one(network);
        let Some(bucket) = self.bucket(network) else { return false };
        let known = bucket.iter().position(|slot| slot.source == source);
        let emptiest = || {
            (0..bucket.len()).min_by_key(|&nth| bucket.get(nth).map(|slot| slot.gauge.level_at(at, measure)))
        };
        let Some(slot) = known.or_else(emptiest).and_then(|nth| bucket.get_mut(nth)) else { return false };
        if known.is_none() {
            *slot = Slot { source, gauge: Gauge::default() };
        }
        let is_over = slot.gauge.add(points, at, measure);
        if is_over {
            *slot = Slot::default();
        }
        is_over
    }

    fn bucket(&mut self, network: IpNetwork) -> Option<&mut [Slot]> {
        let neighbourhood = match network {
            IpNetwork::V4(v4) => IpNetwork::new(v4.ip().into(), 24).map(|wide| wide.network()).ok()?,
            IpNetwork::V6(_) => network_of(network.ip(), 48).ip(),
        };
        let [a, b, ..] = self.hasher.hash_one(neighbourhood).to_le_bytes();
        let first = usize::from(u16::from_le_bytes([a, b])) % BUCKETS * BUCKET;
        self.slots.get_mut(first..first + BUCKET)
    }

    /// The clock was set by so many seconds.
    pub(super) fn clock_set(&mut self, by: i64) {
        for slot in &mut self.slots {
            slot.gauge.clock_set(by);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const HOUR: u32 = 3600;

    fn slow() -> Slow {
        Slow::new(Measure { limit: 300, window: 24 * HOUR })
    }

    fn v4(number: u32) -> IpNetwork {
        IpNetwork::from(std::net::IpAddr::from(Ipv4Addr::from(number)))
    }

    const ATTACKER: u32 = 0xCB00_7107;

    #[test]
    fn two_attempts_an_hour_are_found_out_and_one_is_borne() {
        let mut slow = slow();
        let found = (0..240).find(|nth| slow.add(v4(ATTACKER), 10, nth * HOUR / 2));
        assert!(found.is_some_and(|nth| nth < 24 * 4), "{found:?}");
        assert!(!(0..1000).any(|nth| slow.add(v4(7), 10, nth * HOUR)));
    }

    #[test]
    fn a_flood_of_a_million_addresses_hides_nobody_who_has_done_more_than_they() {
        let mut slow = slow();
        for nth in 0..20 {
            assert!(!slow.add(v4(ATTACKER), 10, nth * 60));
            for flood in 0..50_000_u32 {
                // A multiplicative permutation: addresses from everywhere.
                slow.add(v4((nth * 50_000 + flood).wrapping_mul(2_654_435_761)), 5, nth * 60 + 30);
            }
        }
        assert_eq!(slow.slots.len(), SLOTS);
        assert!((20..40).any(|nth| slow.add(v4(ATTACKER), 10, nth * 60)), "the flood hid the attacker");
    }

    #[test]
    fn whoever_floods_from_a_network_of_their_own_pushes_out_nobody_else() {
        let mut slow = slow();
        slow.add(v4(ATTACKER), 10, 0);
        for nth in 0..65_536_u128 {
            slow.add(network_of(Ipv6Addr::from(0x2001_0db8_0007 << 80 | nth << 64).into(), 64), 290, 0);
        }
        let taken = slow.slots.iter().filter(|slot| slot.source != 0).count();
        assert!(taken <= BUCKET + 1, "{taken} slots");
    }
}
