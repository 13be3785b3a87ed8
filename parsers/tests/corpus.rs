//! The committed corpus of the fuzz targets, through the same checks.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::PathBuf;

use sentinel_parsers::{Service, parse_line};

#[path = "../fuzz/invariants.rs"]
mod invariants;

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).expect("the corpus is committed");
    let inputs: Vec<_> = entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    assert!(inputs.len() >= 3, "{} holds {} inputs", folder.display(), inputs.len());
    inputs
}

#[test]
fn every_line_keeps_the_invariants() {
    let inputs = corpus("line");
    inputs.iter().for_each(|raw| invariants::line(raw));
    assert!(inputs.iter().any(|raw| parse_line(None, raw).is_some()));
}

#[test]
fn every_message_of_a_service_keeps_the_invariants() {
    for service in Service::ALL {
        let inputs = corpus(service.as_str());
        inputs.iter().for_each(|raw| invariants::message(service, raw));
        let is_read = inputs.iter().any(|raw| parse_line(Some(service), raw).is_some());
        assert!(is_read, "{service} reads none of its own messages");
    }
}
