//! Finds the daemons that a line may be of, in a time that does not grow with their number.
//!
//! All tables are computed at compile time from the daemons' own entries.

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

/// The daemons whose bare messages may have each byte in the first place, in the second, and so on.
static PLACES: [[Set; 256]; 4] = [bytes_at(0), bytes_at(1), bytes_at(2), bytes_at(3)];

/// The daemons whose messages are known behind any program's name.
pub(crate) const OF_ANY_PROGRAM: Set = of_any_program();

/// The daemons that write access logs, those whose JSON is known by a key, and those that are known by how they open.
static FORMATS: [Set; 3] = formats();

/// The daemons that log under exactly this name: several when they are alternatives, as the many `imapd` are.
pub(crate) fn by_program(name: &[u8]) -> Set {
    let mut slot = hash(name) % SLOTS;
    let mut set = 0;
    while let Some((daemon, program)) = entry(slot) {
        if program.as_bytes() == name {
            set |= 1 << daemon;
        }
        slot = (slot + 1) % SLOTS;
    }
    set
}

/// The daemon and the name in a slot, if it holds any.
fn entry(slot: usize) -> Option<(u8, &'static str)> {
    let [number, nth] = NAMES.get(slot)?.to_be_bytes();
    let daemon = DAEMONS.get(usize::from(number))?;
    let program = match usize::from(nth).checked_sub(1) {
        None => daemon.name,
        Some(further) => daemon.programs.get(further)?,
    };
    Some((number, program))
}

/// The daemons that a bare message may be of, judged by its first bytes.
pub(crate) fn by_first_bytes(message: &[u8]) -> Set {
    let fitting = |(byte, place): (&u8, &[Set; 256])| place.get(usize::from(*byte)).copied();
    message.iter().zip(&PLACES).filter_map(fitting).reduce(|all, set| all & set).unwrap_or(0)
}

/// The daemons that a record may be of: a JSON object or a line of an access log.
pub(crate) fn by_record(message: &[u8]) -> Set {
    let [access, keyed, opening] = FORMATS;
    if message.starts_with(b"{") { keyed | by_first_bytes(message) & opening } else { access }
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

const fn of_any_program() -> Set {
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

const fn formats() -> [Set; 3] {
    let mut sets = [0; 3];
    let mut number = 0;
    while number < DAEMONS.len() {
        match DAEMONS[number].bare {
            Bare::Access => sets[0] |= 1 << number,
            Bare::Json(_) => sets[1] |= 1 << number,
            Bare::Opens(_) | Bare::Framed(..) => sets[2] |= 1 << number,
            Bare::Holds(_) => {}
        }
        number += 1;
    }
    sets
}

/// The daemons by the byte that a message has in this place; an opening that ends before it allows any.
const fn bytes_at(place: usize) -> [Set; 256] {
    let mut sets = [0; 256];
    let mut number = 0;
    while number < DAEMONS.len() {
        let bit: Set = 1 << number;
        match DAEMONS[number].bare {
            Bare::Opens(openings) | Bare::Framed(openings, _) => {
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
    use crate::daemon::Daemon;

    #[test]
    fn every_program_is_found_with_all_daemons_that_have_its_name() {
        let names = |daemon: &Daemon| [&[daemon.name], daemon.programs].concat();
        for name in DAEMONS.iter().flat_map(|daemon| names(daemon)) {
            let expected = (0..).zip(DAEMONS).filter(|(_, daemon)| names(daemon).contains(&name));
            let expected = expected.fold(0, |set, (number, _): (u8, _)| set | 1 << number);
            assert_eq!(by_program(name.as_bytes()), expected, "{name}");
        }
        assert_eq!(by_program(b"su"), 0);
        assert_eq!(by_program(b""), 0);
    }
}
