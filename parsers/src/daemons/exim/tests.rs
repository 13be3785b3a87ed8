use crate::testing::{tells, tells_nothing};

const TIME: &str = "2026-11-23 02:00:01";

#[test]
fn a_failed_login_is_told() {
    for host in [
        "a.example ([192.168.2.33]) [203.0.113.7]",
        "(User) [203.0.113.7]",
        "a.example [203.0.113.7]",
        "[203.0.113.7]",
    ] {
        let line = format!(
            "{TIME} plain authenticator failed for {host}: 535 Incorrect authentication data (set_id=bob)"
        );
        tells("exim", &line, "failed-login 203.0.113.7 by bob");
    }
    let detailed = format!(
        "{TIME} [7] login authenticator failed for (x) [203.0.113.7]:4711 I=[198.51.100.1]:465 Ci=7: 535 Incorrect authentication data"
    );
    tells("exim", &detailed, "failed-login 203.0.113.7 port 4711");
    let set_id = format!(
        "{TIME} x authenticator failed for (y) [203.0.113.7]: 535 Incorrect authentication data (set_id=z) [192.0.2.1]: 535 x)"
    );
    tells("exim", &set_id, "failed-login 203.0.113.7 by z) [192.0.2.1]: 535 x");
}

#[test]
fn what_is_refused_is_told_with_the_reason() {
    for (text, kind) in [
        ("F=<x@y.example> rejected RCPT <z@w.example>: relay not permitted", "relay-denied"),
        ("F=<x@y.example> rejected RCPT <z@w.example>: Unrouteable address", "rejected-recipient"),
        ("F=<x@y.example> rejected RCPT <z@w.example>: found in dnsbl x.example", "blocklisted"),
        ("sender verify fail for <x@y.example>: Unknown user", "rejected-mail"),
        ("rejected EHLO or HELO x y: syntactically invalid argument(s)", "bad-protocol"),
        ("dropped by 'connect' ACL: x", "connection-refused"),
        ("P=esmtp rejected by local_scan(): Rejected", "rejected-mail"),
    ] {
        for id in ["", "[7] ", "1ahr79-0006jK-G9 ", "F=x@y.example "] {
            tells(
                "exim",
                &format!("{TIME} {id}H=a.example (b) [203.0.113.7] {text}"),
                &format!("{kind} 203.0.113.7"),
            );
        }
    }
    tells_nothing(
        "exim",
        &[
            &format!(
                "{TIME} H=a.example [203.0.113.7] F=<x@y.example> temporarily rejected RCPT <z@w.example>: greylisted"
            ),
            &format!("{TIME} 1ahr79-0006jK-G9 <= x@y.example H=a.example [203.0.113.7] P=esmtp S=7"),
            &format!("{TIME} no host name found for IP address 203.0.113.7"),
        ],
    );
}

#[test]
fn broken_sessions_are_told() {
    for (text, kind) in [
        (
            "SMTP call from a.example [203.0.113.7] dropped: too many nonmail commands (last was \"X\")",
            "too-many-failures",
        ),
        ("no MAIL in SMTP connection from (x) [203.0.113.7] D=1s C=EHLO", "no-login"),
        ("SMTP connection from (x) [203.0.113.7] closed by DROP in ACL", "connection-refused"),
        (
            "SMTP protocol error in \"AUTH LOGIN\" H=(x) [203.0.113.7] AUTH command used when not advertised",
            "bad-protocol",
        ),
        (
            "SMTP protocol synchronization error (input sent): rejected connection from H=[203.0.113.7] input=\"x\"",
            "bad-protocol",
        ),
    ] {
        tells("exim", &format!("{TIME} {text}"), &format!("{kind} 203.0.113.7"));
    }
}

#[test]
fn a_command_that_looks_like_a_host_accuses_nobody() {
    let command = "x\" H=(y) [192.0.2.1] AUTH command used when not advertised";
    let line = format!(
        "{TIME} SMTP protocol error in \"{command}\" H=(z) [203.0.113.7] AUTH command used when not advertised"
    );
    tells("exim", &line, "bad-protocol 203.0.113.7");
    tells_nothing(
        "exim",
        &[
            &format!(
                "{TIME} SMTP protocol synchronization error (x): rejected \"y H=[192.0.2.1]\" H=[203.0.113.7] next input=\"z\""
            ),
            &format!("{TIME} SMTP call from x) [192.0.2.1] dropped: too many y"),
        ],
    );
}

#[test]
fn a_quoted_sender_that_looks_like_a_host_accuses_nobody() {
    let host = "H=(z) [203.0.113.9] rejected RCPT <w@q>: relay not permitted";
    let words = "H=[192.0.2.1] rejected RCPT <y>: relay not permitted";
    for sender in [format!("<\"x {words}\"@d.example>"), format!("<\"x> {words}\"@d.example>")] {
        tells_nothing("exim", &[&format!("{TIME} F={sender} {host}")]);
    }
    tells("exim", &format!("{TIME} F=<x@d.example> {host}"), "relay-denied 203.0.113.9");
}

/// The line with every private part hidden.
fn hidden(raw: &str) -> String {
    let (line, event) = crate::parse_line(None, raw.as_bytes()).unwrap();
    let mut text = raw.to_owned();
    let ranges: Vec<_> = crate::private_ranges(raw.as_bytes(), &line, &event).collect();
    ranges.into_iter().rev().for_each(|name| text.replace_range(name.range, "x"));
    let (_, again) = crate::parse_line(None, text.as_bytes()).unwrap();
    assert_eq!((again.kind, again.address, again.port), (event.kind, event.address, event.port), "{text}");
    text
}

#[test]
fn what_the_client_said_and_who_the_server_is_are_private() {
    let sync = "SMTP protocol synchronization error";
    for (raw, expected) in [
        (
            format!(
                "{TIME} {sync} (input sent without waiting for greeting): rejected connection from H=[203.0.113.9] input=\"EHLO laptop.corp.example\\r\\nAUTH PLAIN AGFs\""
            ),
            format!(
                "{TIME} {sync} (input sent without waiting for greeting): rejected connection from H=[203.0.113.9] x"
            ),
        ),
        (
            format!(
                "{TIME} {sync} (next input sent too soon): rejected \"RCPT TO:<a@b>\" H=(c) [203.0.113.9]:5 I=[198.51.100.1]:25 next input=\"d\""
            ),
            format!("{TIME} {sync} (next input sent too soon): rejected \"x H=x [203.0.113.9]:5 I=x x"),
        ),
        (
            format!(
                "{TIME} 1ahr79-0006jK-G9 SA: Action: flagged as Spam but accepted: score=7 (scanned in 1/1 secs | Message-Id: m@b.example). From <a@b.example> (host=c.example [203.0.113.9]) for d@e.example"
            ),
            format!("{TIME} x SA: Action: flagged as Spamx (host=x [203.0.113.9]) x"),
        ),
        (
            format!(
                "{TIME} login authenticator failed for (y) [203.0.113.9]:5 I=[198.51.100.1]:465: 535 Incorrect authentication data (set_id=bob)"
            ),
            format!(
                "{TIME} login authenticator failed for x [203.0.113.9]:5 I=x: 535 Incorrect authentication data (set_id=x)"
            ),
        ),
        (
            format!(
                "{TIME} SMTP connection from (y) [203.0.113.9]:5 I=[198.51.100.1]:25 closed by DROP in ACL"
            ),
            format!("{TIME} SMTP connection from x [203.0.113.9]:5 I=x closed by DROP in ACL"),
        ),
    ] {
        assert_eq!(hidden(&raw), expected);
    }
}

#[test]
fn connections_that_end_before_any_mail_are_told() {
    for (text, told) in [
        (
            "SMTP command timeout on connection from (y) [203.0.113.9]:5 D=5m",
            "login-timeout 203.0.113.9 port 5",
        ),
        ("SMTP command timeout on TLS connection from [203.0.113.9]", "login-timeout 203.0.113.9"),
        (
            "unexpected disconnection while reading SMTP command from (y) [203.0.113.9]:5 I=[198.51.100.1]:25 D=1s",
            "no-login 203.0.113.9 port 5",
        ),
        (
            "Connection from [203.0.113.9]:5 refused: too many connections from that IP address",
            "rate-limited 203.0.113.9 port 5",
        ),
        ("refused connection from [203.0.113.9] (tcp wrappers)", "connection-refused 203.0.113.9"),
        (
            "rejected EHLO from [203.0.113.9]: syntactically invalid argument(s): x [192.0.2.1]",
            "bad-protocol 203.0.113.9",
        ),
        ("SMTP syntax error in \"x\" H=(y) [203.0.113.9] unrecognized command", "bad-protocol 203.0.113.9"),
        (
            "SMTP protocol violation: synchronization error (input sent without waiting for greeting): rejected connection from H=[203.0.113.9] input=\"GET / HTTP/1.1\"",
            "bad-protocol 203.0.113.9",
        ),
        (
            "login authenticator failed for (y) [203.0.113.9] U=x: 535 Incorrect authentication data (set_id=bob)",
            "failed-login 203.0.113.9 by bob",
        ),
    ] {
        tells("exim", &format!("{TIME} {text}"), told);
    }
    // All places are taken for the moment: that tells nothing of this one.
    tells_nothing(
        "exim",
        &[&format!("{TIME} Connection from [203.0.113.9]:5 refused: too many connections")],
    );
}

#[test]
fn a_command_that_names_a_host_in_a_syntax_error_accuses_nobody_else() {
    let forged = "x\" H=[192.0.2.1] unrecognized command";
    let line = format!("{TIME} SMTP syntax error in \"{forged}\" H=(y) [203.0.113.9] unrecognized command");
    tells("exim", &line, "bad-protocol 203.0.113.9");
    tells_nothing(
        "exim",
        &[&format!("{TIME} SMTP syntax error in \"x\" H=[203.0.113.9] malformed address: y H=[192.0.2.1]")],
    );
}
