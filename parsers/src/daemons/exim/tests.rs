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
