//! What a redacted dump may hold, and what not.

#![allow(clippy::unwrap_used)]

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::{scrub::Scrubber, urls::without_paths_of_urls};

fn scrub(text: &str) -> String {
    Scrubber::knowing(&["gate7".to_owned(), "Project X".to_owned(), "bob".to_owned()]).scrub(text)
}

#[test]
fn the_same_word_stands_for_the_same_thing_wherever_it_stands() {
    assert_eq!(
        scrub("203.0.113.7 came from 203.0.113.7:4711, not 198.51.100.0/24 or [2001:db8::7]:22"),
        "<address 1> came from <address 1>:4711, not <address 2>/24 or [<address 3>]:22"
    );
    assert_eq!(
        scrub("https://peer.example:9000/logs/d4f4a3c8296a28e1 is peer.example, d4f4a3c8296a28e1"),
        "https://<name 1>:9000/… is <name 1>, <hash 1>"
    );
}

#[test]
fn known_words_go_in_any_case_and_short_ones_only_where_they_stand_alone() {
    assert_eq!(
        scrub("GATE7.lan: on gate7, project x; Bob, bobsled"),
        "<name 2>.lan: on <name 2>, <name 1>; <name 3>, bobsled"
    );
}

#[test]
fn what_every_host_has_stays() {
    for text in [
        "/var/lib/sentinel-agent/detected.toml:3: [serve.dynamic_dns]",
        "/var/log/auth.log: 12 lines, the last 3 min ago",
        "listens on [::]:9000 and 127.0.0.1:9101 at 2026-11-23T04:00:00Z",
        "set ledger.rpc and ledger.program; see /usr/share/doc/sentinel-agent/docs/REACHABILITY.md",
        "sentinel_blocks{origin=\"local\"} 3",
        "journalctl -u sentinel-agent; core::fmt::Display, 6.18.0, e.g. 1.5 GiB",
    ] {
        assert_eq!(scrub(text), text);
    }
}

#[test]
fn a_path_keeps_its_form() {
    assert_eq!(scrub("/var/log/nginx/shop.example-access.log"), "/var/log/nginx/<name 4>");
    assert_eq!(scrub("/home/alice/state.db"), "/home/<name 4>/state.db");
}

#[test]
fn a_url_never_keeps_what_may_be_a_secret() {
    let text = "url = \"https://u:pw@dns.example/update?token=s3cret,more\" and http://h/ and ws://h";
    let cut = without_paths_of_urls(text);
    assert_eq!(cut, "url = \"https://dns.example/…\" and http://h/ and ws://h");
    assert_eq!(scrub(&cut), "url = \"https://<name 1>/…\" and http://<name 2>/… and ws://<name 2>/…");
}

/// Something private with a form, and how it may be spelled.
fn private() -> impl Strategy<Value = String> {
    let v4 = any::<u32>()
        .prop_map(Ipv4Addr::from_bits)
        .prop_filter("everybody's", |ip| !ip.is_loopback() && !ip.is_unspecified());
    let v6 =
        any::<u128>().prop_map(Ipv6Addr::from_bits).prop_filter("everybody's", |ip| ip.to_bits() >> 64 != 0);
    prop_oneof![
        v4.prop_map(|ip| ip.to_string()),
        v6.prop_map(|ip| ip.to_string()),
        any::<[u8; 32]>().prop_map(|key| bs58::encode(key).into_string()),
        any::<[u8; 32]>().prop_map(|hash| crate::domain::FileHash(hash).to_string()),
        "[a-z]{3,12}\\.[a-z]{3,10}\\.(example|net|de)",
        "[a-z]{3,12}@[a-z]{3,10}\\.org",
        Just("gate7".to_owned()),
    ]
}

/// Places in which a dump has such things.
const AROUND: [(&str, &str); 10] = [
    ("from ", " on"),
    ("\"", "\""),
    ("(", ")"),
    ("source=", ","),
    ("https://", "/logs/x"),
    ("\\t", "\\n"),
    ("[", "]:9000"),
    ("", ":22: no answer"),
    ("endpoint=\"http://", ":8899\"} 1"),
    ("/var/log/", "/access.log"),
];

proptest! {
    #[test]
    fn nothing_private_is_left_wherever_it_stands(
        things in proptest::collection::vec((private(), 0..AROUND.len()), 1..8)
    ) {
        let text: String = things.iter().map(|(thing, at)| {
            let (before, behind) = AROUND[*at];
            format!("word {before}{thing}{behind} word\n")
        }).collect();
        let scrubbed = scrub(&text);
        for (thing, _) in &things {
            prop_assert!(!scrubbed.contains(thing.as_str()), "{thing} in {scrubbed}");
        }
        prop_assert_eq!(scrubbed.matches("word ").count(), things.len());
    }
}
