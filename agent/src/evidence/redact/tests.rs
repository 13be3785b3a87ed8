mod corpus;

use super::*;
use crate::detect::testing::sshd;

fn at() -> Timestamp {
    "2026-11-23T02:00:00Z".parse().unwrap()
}

fn redactor(addresses: &[&str], words: &[&str]) -> Redactor {
    let addresses: Vec<_> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    Redactor::new(words.iter().fold(Own::new(&addresses, &[]), |own, word| own.and(word)))
}

/// The message of a line of sshd's as it leaves.
fn leaves(redactor: &Redactor, message: &str) -> Option<String> {
    let line = redactor.redact(sshd(), format!("sshd[7]: {message}").as_bytes(), at())?;
    let text = String::from_utf8(line).unwrap();
    Some(text.strip_prefix("2026-11-23T02:00:00Z host sshd[7]: ").unwrap().to_owned())
}

fn failed(user: &str, address: &str, rest: &str) -> String {
    format!("Failed password for {user} from {address} port 5 ssh2{rest}")
}

#[test]
fn a_user_name_that_is_part_of_the_attackers_address_leaves_the_address_whole() {
    for user in ["203", "7", "113.7", "203.0.113.7", "0.113"] {
        let left = leaves(&Redactor::default(), &failed(user, "203.0.113.7", ""));
        assert_eq!(left, Some(failed("user", "203.0.113.7", "")), "{user}");
    }
}

#[test]
fn a_user_name_that_is_a_word_of_the_daemons_hides_nothing_else_that_the_proof_needs() {
    for user in ["from", "port", "ssh2", "for", "sshd", "host", "hidden", "user"] {
        let left = leaves(&Redactor::default(), &failed(user, "203.0.113.7", ""));
        assert_eq!(left, Some(failed("user", "203.0.113.7", "")), "{user}");
    }
}

#[test]
fn a_name_that_stands_a_second_time_is_hidden_there_too() {
    let raw = "Failed publickey for alice from 203.0.113.7 port 5 ssh2: RSA alice SHA256:q";
    let left = leaves(&Redactor::default(), raw).unwrap();
    assert!(!left.contains("alice"), "{left}");
    let raw = b"Nov 23 02:00:01 gate sshd[7]: refused connect from gate (203.0.113.7)";
    let left = Redactor::default().redact(sshd(), raw, at()).unwrap();
    assert!(!String::from_utf8(left).unwrap().contains("gate"));
}

#[test]
fn a_line_that_needs_a_word_of_this_house_does_not_leave() {
    for word in ["from", "port", "203.0.113.0/24", "failed"] {
        let left = leaves(&redactor(&[], &[word]), &failed("bob", "203.0.113.7", ""));
        let is_whole = left == Some(failed("user", "203.0.113.7", ""));
        assert!(left.is_none() || is_whole && word.contains('/'), "{word}: {left:?}");
    }
    // The banner is ours.
    assert!(leaves(&redactor(&[], &["sshd"]), &failed("bob", "203.0.113.7", "")).is_some());
    assert_eq!(leaves(&redactor(&["203.0.113.7"], &[]), &failed("bob", "203.0.113.7", "")), None);
}

#[test]
fn an_own_address_that_the_attackers_begins_with_leaves_the_attackers_whole() {
    for (own, attacker) in [
        ("203.0.113.1", "203.0.113.17"),
        ("203.0.113.17", "203.0.113.1"),
        ("3.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1:5"),
        ("2001:db8::", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::12"),
    ] {
        let left = leaves(&redactor(&[own], &[]), &failed("bob", attacker, ""));
        assert_eq!(left, Some(failed("user", attacker, "")), "{own}");
    }
}

#[test]
fn own_addresses_are_found_however_they_are_written() {
    let own =
        Own::new(&["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()], &[]).and("198.51.100.0/28");
    let attacker = "203.0.113.7".parse().unwrap();
    for (text, hidden) in [
        ("on 192.0.2.1 here", "on 0.0.0.0 here"),
        ("[192.0.2.1]:22", "[0.0.0.0]:22"),
        ("192.0.2.1:22", "0.0.0.0:22"),
        ("DST=192.0.2.1.", "DST=0.0.0.0."),
        ("::ffff:192.0.2.1", "::"),
        ("[2001:db8::1]:22", "[::]:22"),
        ("2001:db8::1:22 ", ":::22 "),
        ("2001:DB8:0:0:0:0:0:1", "::"),
        ("addr:2001:0db8:0000:0000:0000:0000:0000:0001", "addr:::"),
        ("bad:2001:db8::1", "bad:::"),
        ("ec2-192-0-2-1.example", "ec2-0-0-0-0.example"),
        ("198.51.100.14, 198.51.100.16", "0.0.0.0, 198.51.100.16"),
        ("10.1.2.3 192.168.1.1 fd00::7 fe80::1%eth0", "10.0.0.0 10.0.0.0 fd00:: fd00::%eth0"),
        ("127.0.0.1 ::1 2026-11-23 10-11-23-10", "127.0.0.1 ::1 2026-11-23 10-11-23-10"),
        ("192.0.2.11 1192.0.2.1 192.0.2.1a 203.0.113.7", "192.0.2.11 1192.0.2.1 192.0.2.1a 203.0.113.7"),
    ] {
        let mut found = text.as_bytes().to_vec();
        for (range, word) in own.places(text.as_bytes(), attacker).into_iter().rev() {
            found.splice(range, word.iter().copied());
        }
        assert_eq!(String::from_utf8(found).unwrap(), hidden);
    }
}

#[test]
fn own_names_are_found_with_what_stands_below_them_and_not_within_words() {
    let own = Own::default().and("gate").and("Corp.Example.").and("localhost").and(" ").and("-");
    let attacker = "203.0.113.7".parse().unwrap();
    for (text, hidden) in [
        ("at GATE:", "at hidden:"),
        ("gateway navigate gate2", "gateway navigate gate2"),
        ("to=<alice@mail.corp.example>", "to=<hidden>"),
        ("https://www.corp.example/x", "https://hidden/x"),
        ("localhost - -", "localhost - -"),
        ("gate.corp.example", "hidden"),
    ] {
        let mut found = text.as_bytes().to_vec();
        for (range, word) in own.places(text.as_bytes(), attacker).into_iter().rev() {
            found.splice(range, word.iter().copied());
        }
        assert_eq!(String::from_utf8(found).unwrap(), hidden);
    }
}

#[test]
fn what_the_words_in_the_place_of_names_would_make_anew_does_not_leave() {
    let redactor = redactor(&[], &["gate", "hidden.example"]);
    assert_eq!(
        leaves(&redactor, &failed("bob", "203.0.113.7", ": RSA gate.example")),
        Some(failed("user", "203.0.113.7", ": hidden"))
    );
    let raw = "Unable to negotiate with 203.0.113.7 port 5: no matching host key type found. Their offer: gate.example [preauth]";
    if let Some(left) = leaves(&redactor, raw) {
        assert!(!left.contains("hidden.example"), "{left}");
    }
}

#[test]
fn the_longest_line_is_redacted_without_delay() {
    let long = "a ".repeat(32 * 1024 - 100);
    let colons = ":".repeat(64 * 1024);
    for user in [
        long.as_str(),
        "a",
        &colons,
        &"1.".repeat(32 * 1024),
        &"@".repeat(64 * 1024),
        &"x?".repeat(32 * 1024),
    ] {
        let redactor = redactor(&["192.0.2.1", "2001:db8::1"], &["gate", "corp.example"]);
        let left = leaves(&redactor, &failed(user, "203.0.113.7", ""));
        assert!(left.is_none_or(|left| left == failed("user", "203.0.113.7", "")));
        let path = format!(
            "203.0.113.7 - - [23/Nov/2026:02:00:00 +0000] \"GET /.env?{user} HTTP/1.1\" 404 0 \"-\" \"-\""
        );
        let _ = redactor.redact("nginx".parse().unwrap(), path.as_bytes(), at());
    }
}
