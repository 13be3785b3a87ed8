//! Finds the daemons that a line may be of, in a time that does not grow with their number.
//!
//! Both tables are computed at compile time from the daemons' own entries.

use crate::daemon::Bare;
use crate::daemons::DAEMONS;

/// A set of daemons, by their number in the table.
pub(crate) type Set = u128;

const _: () = assert!(DAEMONS.len() <= 128, "a set has room for 128 daemons");

/// Slots of the table of names: a power of two, and several for each name, so that nearly all are found at once.
const SLOTS: usize = 2048;
const EMPTY: u16 = u16::MAX;

/// Names of programs by their hash, with linear probing; each slot is a daemon's number and its name's.
static NAMES: [u16; SLOTS] = names();

/// The daemons whose bare messages may begin with each byte, and those that may have it in the second place.
static FIRST_BYTES: [Set; 256] = bytes_at(0);
static SECOND_BYTES: [Set; 256] = bytes_at(1);

/// The daemons whose messages are known behind any program's name.
pub(crate) const OPEN: Set = open();

/// The daemons that write access logs, and those that write JSON.
static RECORDS: [Set; 2] = records();

/// The number of the daemon that logs under exactly this name.
pub(crate) fn by_program(name: &[u8]) -> Option<u8> {
    let mut slot = hash(name) % SLOTS;
    loop {
        let [daemon, nth] = NAMES.get(slot)?.to_be_bytes();
        let entry = DAEMONS.get(usize::from(daemon))?;
        let program = match nth {
            0 => entry.name,
            nth => entry.programs.get(usize::from(nth) - 1)?,
        };
        if program.as_bytes() == name {
            return Some(daemon);
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// The daemons that a bare message may be of, judged by its first two bytes.
pub(crate) fn by_first_bytes(message: &[u8]) -> Set {
    let [first, second, ..] = message else { return 0 };
    match (FIRST_BYTES.get(usize::from(*first)), SECOND_BYTES.get(usize::from(*second))) {
        (Some(first), Some(second)) => first & second,
        _ => 0,
    }
}

/// The daemons that a record may be of: a JSON object or a line of an access log.
pub(crate) fn by_record(message: &[u8]) -> Set {
    let [access, json] = RECORDS;
    if message.starts_with(b"{") { json } else { access }
}

/// FNV-1a, which needs no tables and is short enough for names.
const fn hash(name: &[u8]) -> usize {
    let mut hash: u32 = 0x811c_9dc5;
    let mut rest = name;
    while let [byte, tail @ ..] = rest {
        hash = (hash ^ *byte as u32).wrapping_mul(0x0100_0193);
        rest = tail;
    }
    (hash ^ (hash >> 16)) as usize
}

const fn names() -> [u16; SLOTS] {
    let mut slots = [EMPTY; SLOTS];
    let mut number = 0;
    while number < DAEMONS.len() {
        let daemon = DAEMONS[number];
        let mut nth = 0;
        while nth <= daemon.programs.len() {
            let name = if nth == 0 { daemon.name } else { daemon.programs[nth - 1] };
            let mut slot = hash(name.as_bytes()) % SLOTS;
            while slots[slot] != EMPTY {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = (number * 256 + nth) as u16;
            nth += 1;
        }
        number += 1;
    }
    slots
}

const fn records() -> [Set; 2] {
    let mut sets = [0; 2];
    let mut number = 0;
    while number < DAEMONS.len() {
        match DAEMONS[number].bare {
            Bare::Access => sets[0] |= 1 << number,
            Bare::Json(_) => sets[1] |= 1 << number,
            Bare::Opens(openings) => {
                let mut nth = 0;
                while nth < openings.len() {
                    if openings[nth].as_bytes()[0] == b'{' {
                        sets[1] |= 1 << number;
                    }
                    nth += 1;
                }
            }
            Bare::Holds(_) => {}
        }
        number += 1;
    }
    sets
}

const fn open() -> Set {
    let mut set = 0;
    let mut number = 0;
    while number < DAEMONS.len() {
        if DAEMONS[number].any_program {
            set |= 1 << number;
        }
        number += 1;
    }
    set
}

/// The daemons by the byte that a message has in this place; an opening that ends before it allows any.
const fn bytes_at(place: usize) -> [Set; 256] {
    let mut sets = [0; 256];
    let mut number = 0;
    while number < DAEMONS.len() {
        let bit: Set = 1 << number;
        match DAEMONS[number].bare {
            Bare::Opens(openings) => {
                let mut nth = 0;
                while nth < openings.len() {
                    let opening = openings[nth].as_bytes();
                    if place < opening.len() {
                        sets[opening[place] as usize] |= bit;
                    } else {
                        add_to_all(&mut sets, bit);
                    }
                    nth += 1;
                }
            }
            Bare::Holds(_) => add_to_all(&mut sets, bit),
            Bare::Json(_) | Bare::Access => {}
        }
        number += 1;
    }
    sets
}

const fn add_to_all(sets: &mut [Set; 256], bit: Set) {
    let mut byte = 0;
    while byte < sets.len() {
        sets[byte] |= bit;
        byte += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_is_found_and_no_name_stands_for_two_daemons() {
        for (number, daemon) in DAEMONS.iter().enumerate() {
            for name in core::iter::once(&daemon.name).chain(daemon.programs) {
                assert_eq!(by_program(name.as_bytes()).map(usize::from), Some(number), "{name}");
            }
        }
        assert_eq!(by_program(b"su"), None);
        assert_eq!(by_program(b""), None);
    }
}
