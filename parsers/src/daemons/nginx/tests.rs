use crate::testing::{tells, tells_nothing};

const BANNER: &str = "2026/11/23 02:00:01 [error] 7#7: *9";
const TAIL: &str =
    "client: 203.0.113.7, server: shop.example, request: \"GET /a?b=c HTTP/1.1\", host: \"shop.example\"";

#[test]
fn a_wrong_password_is_told() {
    tells(
        "nginx",
        &format!("{BANNER} user \"bob\": password mismatch, {TAIL}"),
        "failed-login 203.0.113.7 by bob",
    );
    tells(
        "nginx",
        &format!("{BANNER} user \"bob\" was not found in \"/etc/x\", {TAIL}"),
        "invalid-user 203.0.113.7 by bob",
    );
    let pam = format!("PAM: user 'bob' - not authenticated: Authentication failure, {TAIL}");
    tells("nginx", &format!("{BANNER} {pam}"), "failed-login 203.0.113.7 by bob");
    tells("nginx", &format!("Nov 23 02:00:01 gate nginx: {BANNER} {pam}"), "failed-login 203.0.113.7 by bob");
}

#[test]
fn a_rule_that_is_met_is_told() {
    for (message, kind) in [
        ("access forbidden by rule", "forbidden"),
        ("limiting requests, excess: 1.852 by zone \"one\"", "rate-limited"),
        ("limiting connections by zone \"one\"", "rate-limited"),
        ("delaying request, excess: 0.841, by zone \"one\"", "rate-limited"),
        ("client sent invalid method while reading client request line", "bad-request"),
        ("no user/password was provided for basic authentication", "unauthorized"),
        ("open() \"/srv/cgi-bin/x\" failed (2: No such file or directory)", "not-found"),
        ("directory index of \"/srv/\" is forbidden", "client-error"),
        (
            "FastCGI sent in stderr: \"Primary script unknown\" while reading response header from upstream",
            "web-probe",
        ),
    ] {
        tells("nginx", &format!("{BANNER} {message}, {TAIL}"), &format!("{kind} 203.0.113.7"));
    }
    let probe = TAIL.replace("/a?b=c", "/cgi-bin/luci");
    let missing = "\"/srv/cgi-bin/x\" is not found (2: No such file or directory)";
    tells("nginx", &format!("{BANNER} {missing}, {probe}"), "web-probe 203.0.113.7");
    let tls =
        "SSL_do_handshake() failed (SSL: error:0A00006C:SSL routines::bad key share) while SSL handshaking";
    tells(
        "nginx",
        &format!("{BANNER} {tls}, client: 203.0.113.7, server: 0.0.0.0:443"),
        "bad-protocol 203.0.113.7",
    );
    let waf = "[client 203.0.113.7] ModSecurity: Access denied with code 403 (phase 2). Matched";
    tells("nginx", &format!("{BANNER} {waf}, {TAIL}"), "filtered-request 203.0.113.7");
}

#[test]
fn what_is_no_fault_of_the_client_is_nothing() {
    tells_nothing(
        "nginx",
        &[
            &format!(
                "{BANNER} connect() failed (111: Connection refused) while connecting to upstream, {TAIL}"
            ),
            &format!("{BANNER} user \"bob\": password mismatch"),
            &format!("{BANNER} open() \"/srv/x\" failed (13: Permission denied), {TAIL}"),
            "2026/11/23 02:00:01 [notice] 7#7: signal process started",
            "2026/11/23 02:00:01 [error",
        ],
    );
}

#[test]
fn a_banner_that_nginx_writes_behind_that_of_syslog_is_passed_over() {
    let line = format!("gate nginx[7]: gate nginx: {BANNER} user \"bob\": password mismatch, {TAIL}");
    tells("nginx", &line, "failed-login 203.0.113.7 by bob");
    let agent = format!(
        "203.0.113.7 - - [23/Nov/2026:02:00:01 +0000] \"GET / HTTP/1.1\" 200 7 \"-\" \"x nginx: {BANNER} access forbidden by rule, client: 192.0.2.1\""
    );
    tells_nothing("nginx", &[&format!("gate nginx[7]: {agent}")]);
}

#[test]
fn a_client_that_another_one_is_named_by_accuses_nobody_else() {
    let other = "client: 192.0.2.1, server: x, request: \"GET / HTTP/1.1\", host: \"y\"";
    let user = format!("bob\": password mismatch, {other}");
    let named = format!("{BANNER} user \"{user}\": password mismatch, {TAIL}");
    tells("nginx", &named, &format!("failed-login 203.0.113.7 by {user}"));
    let referred = format!("{BANNER} user \"bob\": password mismatch, {TAIL}, referrer: \"x, {other}\"");
    tells("nginx", &referred, "failed-login 203.0.113.7 by bob");
    let rule = format!("{BANNER} access forbidden by rule, {TAIL}, referrer: \"x, {other}\"");
    tells("nginx", &rule, "forbidden 203.0.113.7");
    let both =
        format!("{BANNER} user \"x\": password mismatch, {other}, referrer: \"\": password mismatch, {TAIL}");
    tells_nothing("nginx", &[&both]);
}
