//! Where a network stands in the table: pure.
//!
//! A packet is looked up in hash sets, one per prefix length, so every length in use costs each packet one lookup.
//! Common lengths are *direct*: each has a set and a rule in the base chain. All others belong to a *band*.
//! The base chain looks only into the band's *gate*, a set that holds each network of the band cut to the band's
//! shortest length, its floor. A packet that is found there jumps to the band's own chain, which looks into
//! the exact set of every length in use. So no network is widened, each keeps its own expiry, and whoever is not
//! near a blocked network of odd length pays at most eight lookups, whatever lengths are in use:
//!
//! ```text
//!             direct         bands                                    lookups
//! IPv4        32  24  16     25-31  17-23  8-15   1-7                 3 + 4 = 7
//! IPv6        128 64  48     65-127 49-63  32-47  16-31  1-15         3 + 5 = 8
//! ```
//!
//! A set, and the rule that looks into it, exists only once an element needs it. A gate's element lives
//! at least as long as any network behind it; one that lives longer costs time and never drops anybody.

use super::nft::Family;

/// A range of prefix lengths that share a gate, from the floor to the last.
type Band = (u8, u8);

const BANDS_V4: [Band; 4] = [(25, 31), (17, 23), (8, 15), (1, 7)];
const BANDS_V6: [Band; 5] = [(65, 127), (49, 63), (32, 47), (16, 31), (1, 15)];

/// The floor of the band that this prefix length belongs to; `None` when the length is direct.
pub(super) fn floor(family: Family, prefix: u8) -> Option<u8> {
    let bands: &[Band] = match family {
        Family::V4 => &BANDS_V4,
        Family::V6 => &BANDS_V6,
    };
    bands.iter().find(|(floor, last)| (*floor..=*last).contains(&prefix)).map(|(floor, _)| *floor)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_packet_is_looked_up_at_most_eight_times_in_the_base_chain() {
        for (family, lookups) in [(Family::V4, 7), (Family::V6, 8)] {
            let lengths = 1..=family.bits();
            let direct = lengths.clone().filter(|prefix| floor(family, *prefix).is_none()).count();
            let gates: BTreeSet<u8> = lengths.filter_map(|prefix| floor(family, prefix)).collect();
            assert_eq!(direct + gates.len(), lookups);
        }
    }

    #[test]
    fn a_gate_is_never_narrower_than_what_stands_behind_it() {
        for family in Family::BOTH {
            assert!(
                (1..=family.bits()).all(|prefix| floor(family, prefix).is_none_or(|gate| gate <= prefix))
            );
        }
    }
}
