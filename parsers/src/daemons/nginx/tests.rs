use crate::testing::{tells, tells_nothing};

const BANNER: &str = "2026/11/23 02:00:01 [error] 7#7: *9";
const TAIL: &str =
    "client: 203.0.113.7, server: shop.example, request: \"GET /a?b=c HTTP/1.1\", host: \"shop.example\"";

#[test]
fn a_wrong_password_is_told() {
    tells(
        "nginx",
        &format!("{BANNER} user \"bob\": password mismatch, {TAIL}"),
        "failed-login 203.0.113.7 by bob claimed",
    );
    tells(
        "nginx",
        &format!("{BANNER} user \"bob\" was not found in \"/etc/x\", {TAIL}"),
        "invalid-user 203.0.113.7 by bob claimed",
    );
    let pam = format!("PAM: user 'bob' - not authenticated: Authentication failure, {TAIL}");
    tells("nginx", &format!("{BANNER} {pam}"), "failed-login 203.0.113.7 by bob claimed");
    tells(
        "nginx",
        &format!("Nov 23 02:00:01 gate nginx: {BANNER} {pam}"),
        "failed-login 203.0.113.7 by bob claimed",
    );
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
        tells("nginx", &format!("{BANNER} {message}, {TAIL}"), &format!("{kind} 203.0.113.7 claimed"));
    }
    let probe = TAIL.replace("/a?b=c", "/cgi-bin/luci");
    let missing = "\"/srv/cgi-bin/x\" is not found (2: No such file or directory)";
    tells("nginx", &format!("{BANNER} {missing}, {probe}"), "web-probe 203.0.113.7 claimed");
    let tls =
        "SSL_do_handshake() failed (SSL: error:0A00006C:SSL routines::bad key share) while SSL handshaking";
    tells(
        "nginx",
        &format!("{BANNER} {tls}, client: 203.0.113.7, server: 0.0.0.0:443"),
        "bad-protocol 203.0.113.7 claimed",
    );
    let waf = "[client 203.0.113.7] ModSecurity: Access denied with code 403 (phase 2). Matched";
    tells("nginx", &format!("{BANNER} {waf}, {TAIL}"), "filtered-request 203.0.113.7 claimed");
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
    tells("nginx", &line, "failed-login 203.0.113.7 by bob claimed");
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
    tells("nginx", &named, &format!("failed-login 203.0.113.7 by {user} claimed"));
    let both =
        format!("{BANNER} user \"x\": password mismatch, {other}, referrer: \"\": password mismatch, {TAIL}");
    let odd = TAIL.replace("host: \"shop", "host: \"a\"b");
    let found =
        "\" was not found in \"/x, client: 192.0.2.1, server: x, request: \"GET / HTTP/1.1\", host: \"y";
    let behind = format!("{BANNER} user \"bob\": password mismatch, {odd}, referrer: \"{found}\"");
    let before = format!("{BANNER} user \"{user}, referrer: \"\": password mismatch, {odd}");
    tells_nothing("nginx", &[&both, &behind, &before]);
    let referred = format!("{BANNER} user \"bob\": password mismatch, {TAIL}, referrer: \"x, {other}\"");
    tells_nothing("nginx", &[&referred]);
    let rule = format!("{BANNER} access forbidden by rule, {TAIL}, referrer: \"x, {other}\"");
    tells("nginx", &rule, "forbidden 203.0.113.7 claimed");
    let path = format!("open() \"/srv/x\" failed (2: No such file or directory), {other}, referrer: \"");
    tells_nothing("nginx", &[&format!("{BANNER} {path}\" failed (2: No such file or directory), {TAIL}")]);
}

#[test]
fn a_client_behind_a_socket_is_not_looked_for_in_the_words_of_its_request() {
    let unix = "client: unix:, server: x, request: \"GET / HTTP/1.1\", host: \"y\"";
    let other = "referrer: \"x, client: 192.0.2.1\"";
    tells_nothing("nginx", &[&format!("{BANNER} user \"bob\": password mismatch, {unix}, {other}")]);
}

#[test]
fn what_a_script_or_nginx_quotes_of_the_client_accuses_nobody_else() {
    let warning = "PHP message: PHP Warning:  Undefined array key \"Primary script unknown, client: 192.0.2.1, x\" in /a.php on line 7";
    let quoted =
        "client sent invalid header line: \"x y, client: 192.0.2.1, z\" while reading client request headers";
    let unclosed = "client sent invalid \"Destination\" header: \"x, client: 192.0.2.1, server: y, request: \"z\", referrer: \"\"";
    tells_nothing(
        "nginx",
        &[
            &format!(
                "{BANNER} FastCGI sent in stderr: \"{warning}\" while reading response header from upstream, {TAIL}"
            ),
            &format!("{BANNER} {quoted}, {TAIL}"),
            &format!("{BANNER} {unclosed}, {TAIL}"),
        ],
    );
    let plain = "client sent invalid header line: \"x y\" while reading client request headers";
    tells("nginx", &format!("{BANNER} {plain}, {TAIL}"), "bad-request 203.0.113.7 claimed");
}

#[test]
fn a_line_that_a_url_with_a_line_end_wrote_is_no_proof() {
    let forged = "2026/11/23 12:50:01 [error] 7#7: *9 user \"bob\": password mismatch, client: 192.0.2.1, server: x, request: \"GET / HTTP/1.1\", host: \"y\"";
    tells("nginx", forged, "failed-login 192.0.2.1 by bob claimed");
}
