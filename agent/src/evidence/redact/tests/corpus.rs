//! What holds for every line of the grammars' corpora, and of one that the environment names.

use std::{
    env, fs,
    io::{self, Write},
    net::IpAddr,
    path::Path,
};

use sentinel_parsers::parse_line;
use serde::Deserialize;

use super::*;

/// Names a file of JSON lines, each with a `line`.
const VARIABLE: &str = "SENTINEL_CORPUS";

#[derive(Deserialize)]
struct Entry {
    line: String,
}

/// Whole lines, and messages of each daemon as they are and under the banner of a host.
fn committed() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../parsers/fuzz/corpus");
    let mut lines = Vec::new();
    for folder in fs::read_dir(folder).unwrap().map(|folder| folder.unwrap().path()) {
        let daemon = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for file in fs::read_dir(folder).unwrap() {
            let message = fs::read(file.unwrap().path()).unwrap();
            let banner = format!("Nov 23 02:00:01 gate {daemon}[812]: ");
            lines.extend([[banner.as_bytes(), &message].concat(), message]);
        }
    }
    lines
}

fn named() -> Vec<Vec<u8>> {
    let Some(file) = env::var_os(VARIABLE) else {
        // Not `eprintln!`, which a test that passes keeps to itself.
        let _ =
            writeln!(io::stderr(), "NOT RUN: redaction of real log lines, since {VARIABLE} names no file");
        return Vec::new();
    };
    let text = fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str::<Entry>(line).unwrap().line.into_bytes()).collect()
}

/// Every address in the line but the attacker's, and every name that its banner gives its host.
fn house_of(line: &Line<'_>, event: &Event<'_>) -> Redactor {
    let text = String::from_utf8_lossy(line.message);
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || ".:-".contains(c)));
    let attacker = event.address.to_string();
    let words = words.filter(|word| !word.trim_start_matches("::ffff:").starts_with(&attacker));
    let others = words.filter_map(|word| word.parse::<IpAddr>().ok()).filter(|other| *other != event.address);
    let own = Own::new(&others.collect::<Vec<_>>(), &[]);
    let host = line.host.map(|host| String::from_utf8_lossy(host).into_owned());
    Redactor::new(host.iter().fold(own, |own, host| own.and(host)))
}

/// Checks one line, if it proves anything; gives back whether it leaves.
fn check(raw: &[u8], redactor: &Redactor) -> Option<bool> {
    let (line, event) = parse_line(None, raw)?;
    let shown = String::from_utf8_lossy(raw);
    let Some(redacted) = redactor.line(&line, &event, at()) else { return Some(false) };
    let (_, again) = parse_line(Some(event.service), &redacted).unwrap();
    let facts = |event: &Event<'_>| (event.address, event.kind, event.service, event.provenance, event.count);
    assert_eq!(facts(&again), facts(&event), "{shown}");
    let twice = redactor.redact(event.service, &redacted, at());
    assert_eq!(
        twice.as_deref().map(String::from_utf8_lossy),
        Some(String::from_utf8_lossy(&redacted)),
        "{shown}"
    );
    nothing_private_is_left(&line, &event, &redacted);
    let begins = memmem::find(&redacted, b": ").unwrap() + 2;
    let left = Redaction { text: redacted, begins, event };
    assert!(
        redactor.own.places(left.message(), event.address).iter().all(|place| left.is_hidden(place)),
        "{shown}"
    );
    Some(true)
}

/// Each word that is left of what was private is one without which the line proves nothing.
fn nothing_private_is_left(line: &Line<'_>, event: &Event<'_>, redacted: &[u8]) {
    let begins = memmem::find(redacted, b": ").unwrap() + 2;
    let draft = || Redaction { text: redacted.to_vec(), begins, event: *event };
    let message = draft().message().to_vec();
    for what in [mentions, mail_addresses, queries] {
        for (range, word) in what(&message, line, event) {
            let mut without = draft();
            without.replace(range.clone(), word);
            let is_word = message.get(range.clone()) == Some(word);
            let left = String::from_utf8_lossy(&message[range]);
            assert!(
                is_word || !without.proves(),
                "'{left}' is left in {}",
                String::from_utf8_lossy(redacted)
            );
        }
    }
}

/// Of both corpora with a redactor made for each line: how many events there are, and the lines that do not leave.
fn each_line(redactor: impl Fn(&Line<'_>, &Event<'_>) -> Redactor) -> Vec<(usize, Vec<String>)> {
    let judge = |raw: &Vec<u8>| {
        let (line, event) = parse_line(None, raw)?;
        let leaves = check(raw, &redactor(&line, &event))?;
        Some((!leaves).then(|| String::from_utf8_lossy(raw).into_owned()))
    };
    let judged = [committed(), named()].map(|lines| lines.iter().filter_map(judge).collect::<Vec<_>>());
    judged.map(|judged| (judged.len(), judged.into_iter().flatten().collect())).into()
}

#[test]
fn redacted_lines_prove_the_same_attackers_and_nothing_private_is_left() {
    let judged = each_line(|_, _| Redactor::default());
    assert!(judged[0].0 > 200, "the grammars read their own corpus");
    for (_, staying) in judged {
        assert_eq!(staying, [""; 0], "do not leave");
    }
}

#[test]
fn the_same_holds_where_every_other_address_and_the_banners_host_are_this_houses() {
    for (events, staying) in each_line(house_of) {
        assert!(staying.len() * 100 <= events, "of {events} events do not leave: {staying:#?}");
    }
}
