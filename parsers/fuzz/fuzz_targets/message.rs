//! A message of one service, without a banner and behind one: `SENTINEL_SERVICE=sshd cargo +nightly fuzz run --fuzz-dir
//! parsers/fuzz message parsers/fuzz/corpus/sshd`. Without a service, the messages of all.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sentinel_parsers::Service;

#[path = "../invariants.rs"]
mod invariants;

/// The services whose grammars are fuzzed.
static SERVICES: LazyLock<Vec<Service>> = LazyLock::new(|| {
    let wanted = std::env::var("SENTINEL_SERVICE").ok();
    Service::ALL
        .into_iter()
        .filter(|service| wanted.as_deref().is_none_or(|name| name == service.as_str()))
        .collect()
});

fuzz_target!(|raw: &[u8]| SERVICES.iter().for_each(|&service| invariants::message(service, raw)));
