use crate::testing::{tells, tells_nothing};

const OLD: &str = "[Mon Nov 23 02:00:01 2026] [error] [client 203.0.113.7]";
const NEW: &str = "[Mon Nov 23 02:00:01.123456 2026] [core:error] [pid 7:tid 8] [client 203.0.113.7:4711]";

#[test]
fn each_message_is_told_in_the_banner_of_both_versions() {
    for (message, kind) in [
        ("client denied by server configuration: /srv/x", "forbidden"),
        ("client used wrong authentication scheme: /x", "bad-protocol"),
        ("script not found or unable to stat: /srv/x", "web-probe"),
        ("script '/srv/x.php' not found or unable to stat, referer: http://x/", "web-probe"),
        ("stderr from /srv/x: script not found or unable to stat", "web-probe"),
        ("Got error 'Primary script unknown\\n'", "web-probe"),
        ("File does not exist: /srv/azenv.php", "web-probe"),
        ("File does not exist: /srv/favicon.ico", "not-found"),
        ("Invalid URI in request GET /../../etc/passwd HTTP/1.1", "injection"),
        ("Invalid URI in request \\xf9h\\xa9", "bad-request"),
        ("invalid URI path (/cgi-bin/.%2e/.%2e/bin/sh)", "injection"),
        ("Invalid method in request \\x16\\x03\\x01", "bad-request"),
        ("request failed: URI too long (longer than 8190)", "bad-request"),
        ("No hostname was provided via SNI for a name based virtual host", "bad-request"),
        ("Hostname a.example provided via SNI, but no hostname provided in HTTP request", "bad-request"),
        ("/bin/bash: warning: HTTP_X: ignoring function definition attempt", "injection"),
        ("/bin/bash: error importing function definition for `HTTP_X'", "injection"),
        ("ModSecurity: Access denied with code 403 (phase 2). [file \"x\"]", "filtered-request"),
        ("[client 203.0.113.7] ModSecurity: Warning. Pattern match", "filtered-request"),
    ] {
        tells("apache", &format!("{OLD} {message}"), &format!("{kind} 203.0.113.7"));
        let numbered = format!("{NEW} AH00126: {message}").replace("AH00126: [client", "[client");
        tells("apache", &numbered, &format!("{kind} 203.0.113.7 port 4711"));
        tells(
            "apache",
            &format!("Nov 23 02:00:01 gate httpd[7]: {}", &numbered[34..]),
            &format!("{kind} 203.0.113.7 port 4711"),
        );
    }
}

#[test]
fn a_wrong_password_is_told() {
    for (message, kind) in [
        ("user bob: authentication failure for \"/x\": Password Mismatch", "failed-login"),
        ("user bob: password mismatch: /x", "failed-login"),
        ("user bob not found: /x, referer: http://y/", "invalid-user"),
        ("user bob not found", "invalid-user"),
        ("user bob: authorization failure for \"/x\": ", "user-not-allowed"),
    ] {
        tells("apache", &format!("{OLD} {message}"), &format!("{kind} 203.0.113.7 by bob"));
    }
    let mapped = "[Mon Nov 23 02:00:01 2026] [auth_basic:error] [pid 7] (70014)End of file found: [client [2001:db8::7]:4711]";
    tells(
        "apache",
        &format!("{mapped} AH01618: user  not found: /"),
        "invalid-user 2001:db8::7 port 4711 by ",
    );
}

#[test]
fn a_path_that_looks_like_a_client_accuses_nobody() {
    let message = "File does not exist: /srv/[client 192.0.2.1] user root not found";
    tells("apache", &format!("{OLD} {message}"), "not-found 203.0.113.7");
    tells_nothing(
        "apache",
        &[
            "[Mon Nov 23 02:00:01 2026] [notice] caught SIGTERM, shutting down",
            "[Mon Nov 23 02:00:01 2026] [error] [client a.example] user x not found: /",
            &format!("{OLD} PHP Notice:  Undefined index: x in /srv/x.php on line 3"),
            OLD,
            "[Mon Nov 23 02:00:01 2026] [error",
        ],
    );
}

#[test]
fn an_address_that_mod_evasive_blocks_is_told_behind_its_own_name() {
    let blocked = "Nov 23 02:00:01 web mod_evasive[7]: Blacklisting address";
    tells("apache", &format!("{blocked} 203.0.113.7: possible DoS attack."), "rate-limited 203.0.113.7");
    tells_nothing("apache", &[&format!("{blocked} a.example: possible DoS attack.")]);
}

#[test]
fn requests_that_are_none_are_told_of_the_old_versions_too() {
    for message in [
        "client sent HTTP/1.1 request without hostname (see RFC2616 section 14.23): /w00tw00t",
        "client sent invalid HTTP/0.9 request: HEAD /",
    ] {
        let line = format!("[Mon Nov 23 02:00:01 2026] [error] [client 203.0.113.7] {message}");
        tells("apache", &line, "bad-request 203.0.113.7");
    }
}
