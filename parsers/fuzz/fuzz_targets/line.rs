//! Any line, read by whatever grammar understands it.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../invariants.rs"]
mod invariants;

fuzz_target!(|raw: &[u8]| invariants::line(raw));
