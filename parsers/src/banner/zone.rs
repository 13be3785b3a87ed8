//! Time zones by the names that daemons write, of which each stands for one offset.

use crate::tail::refused;
use nom::IResult;

const HOUR: i32 = 3600;
const ZONES: [(&[u8], i32); 22] = [
    (b"UTC", 0),
    (b"GMT", 0),
    (b"WET", 0),
    (b"WEST", HOUR),
    (b"BST", HOUR),
    (b"CET", HOUR),
    (b"CEST", 2 * HOUR),
    (b"EET", 2 * HOUR),
    (b"EEST", 3 * HOUR),
    (b"SAST", 2 * HOUR),
    (b"MSK", 3 * HOUR),
    (b"JST", 9 * HOUR),
    (b"KST", 9 * HOUR),
    (b"AEST", 10 * HOUR),
    (b"AEDT", 11 * HOUR),
    (b"NZST", 12 * HOUR),
    (b"NZDT", 13 * HOUR),
    (b"EST", -5 * HOUR),
    (b"EDT", -4 * HOUR),
    (b"MDT", -6 * HOUR),
    (b"PST", -8 * HOUR),
    (b"PDT", -7 * HOUR),
];

/// A zone's name, as a whole word; its offset in seconds.
pub(super) fn name(input: &[u8]) -> IResult<&[u8], i32> {
    let end = input.iter().position(|byte| !byte.is_ascii_uppercase()).unwrap_or(input.len());
    let known = input.split_at_checked(end).and_then(|(name, rest)| {
        ZONES.iter().find(|(zone, _)| *zone == name).map(|(_, offset)| (rest, *offset))
    });
    known.map_or_else(|| refused(input), Ok)
}
