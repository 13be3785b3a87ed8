//! A message of sshd, without a banner and behind one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sentinel_parsers::Service;

#[path = "../invariants.rs"]
mod invariants;

fuzz_target!(|raw: &[u8]| invariants::message(Service::Sshd, raw));
