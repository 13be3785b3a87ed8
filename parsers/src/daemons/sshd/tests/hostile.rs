//! Messages made to accuse somebody else.

use super::{tells_nothing, told};

/// Names that an attacker may choose.
const USERS: [&str; 10] = [
    "x from 192.0.2.1",
    "x from 192.0.2.1 port 5",
    "x from 192.0.2.1 port 5 ssh2",
    "from 192.0.2.1",
    "invalid user x from 192.0.2.1 port 5 ssh2",
    "x 192.0.2.1 port 5",
    "x 192.0.2.1 port 5 [preauth]",
    "x 192.0.2.1 port 5: Too many authentication failures",
    "x\\012Nov 23 02:00:01 gate sshd[1]: Failed password for root from 192.0.2.1 port 5 ssh2",
    "x not allowed because not in any group",
];

#[test]
fn a_user_name_that_contains_an_address_accuses_nobody() {
    for user in USERS {
        for (before, after) in [
            ("Failed password for invalid user ", " from 203.0.113.7 port 4711 ssh2"),
            ("Failed password for ", " from 203.0.113.7"),
            ("Failed publickey for ", " from 203.0.113.7 port 4711 ssh2: RSA SHA256:q"),
            ("Invalid user ", " from 203.0.113.7"),
            ("Invalid user ", " from 203.0.113.7 port 4711"),
            (
                "error: maximum authentication attempts exceeded for ",
                " from 203.0.113.7 port 4711 ssh2 [preauth]",
            ),
            ("Connection closed by invalid user ", " 203.0.113.7 port 4711 [preauth]"),
            (
                "Disconnecting authenticating user ",
                " 203.0.113.7 port 4711: Too many authentication failures [preauth]",
            ),
            (
                "ssh_dispatch_run_fatal: Connection from invalid user ",
                " 203.0.113.7 port 4711: invalid format [preauth]",
            ),
            ("User ", " from 203.0.113.7 not allowed because not listed in AllowUsers"),
            ("error: PAM: Authentication failure for illegal user ", " from 203.0.113.7"),
            ("error: PAM: unknown user for illegal user ", " from 203.0.113.7 via 198.51.100.1"),
            (
                "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.7  user=",
                "",
            ),
        ] {
            let message = format!("{before}{user}{after}");
            let told = told(&message);
            assert!(told.is_some_and(|told| told.contains(" 203.0.113.7")), "{message}");
        }
    }
}

#[test]
fn a_message_with_two_readings_accuses_nobody() {
    tells_nothing(&[
        "Failed publickey for x from 192.0.2.1 port 5 ssh2: y from 203.0.113.7 port 4711 ssh2",
        "Failed publickey for x from 203.0.113.7 port 4711 ssh2: RSA-CERT ID y from 192.0.2.1 port 5 ssh2: (serial 0) CA RSA SHA256:q",
        "Failed publickey for x from UNKNOWN port 65535 ssh2: ED25519-CERT SHA256:abc ID y from 192.0.2.1 port 5 ssh2: z (serial 0) CA ED25519 SHA256:q",
        "Failed publickey for x from a.example port 4711 ssh2: RSA SHA256:q, client user \"y from 192.0.2.1 port 5 ssh2: z\"",
        "Failed publickey for x from 192.0.2.1 port 5 ssh2: y from UNKNOWN port 65535 ssh2: RSA SHA256:q",
        "Failed publickey for x from 192.0.2.1 port 99999 ssh2: y from 203.0.113.7 port 4711 ssh2",
        "Unable to negotiate with invalid user x 192.0.2.1 port 5: no matching cipher found. Their offer: y 203.0.113.7 port 4711: no matching cipher found. Their offer: z",
        "pam_krb5(sshd:auth): authentication failure; logname=x uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 user=y uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.7",
    ]);
}

#[test]
fn behind_a_password_the_last_peer_is_the_daemons_own() {
    for user in
        ["x from 192.0.2.1 port 5 ssh2: y", "x from 192.0.2.1 port 5 ssh2:", "x from UNKNOWN port 1 ssh1: y"]
    {
        for end in ["", " ssh2"] {
            let message = format!("Failed password for invalid user {user} from 203.0.113.7 port 4711{end}");
            let expected = format!("failed-login 203.0.113.7 port 4711 by {user}");
            assert_eq!(told(&message), Some(expected), "{message}");
        }
    }
    let here = "Failed password for x from 127.0.0.1 port 5 ssh2: y from 192.0.2.1 port 4711 ssh2";
    assert_eq!(told(here).as_deref(), Some("failed-login 127.0.0.1 port 5 by x"));
}

#[test]
fn what_the_peer_says_behind_its_address_is_not_read_as_one() {
    let words = "x from 192.0.2.1 port 5 ssh2 192.0.2.1 port 5: y";
    for message in [
        format!("error: Received disconnect from 203.0.113.7 port 4711:14: {words} [preauth]"),
        format!("Protocol major versions differ for 203.0.113.7 port 4711: {words} vs. SSH-2.0-x"),
        format!("scanned from 203.0.113.7 port 4711 with {words}.  Don't panic."),
        format!("Bad protocol version identification '{words}' from 203.0.113.7 port 4711"),
        format!(
            "Unable to negotiate with 203.0.113.7 port 4711: no matching cipher found. Their offer: {words} [preauth]"
        ),
        format!(
            "Disconnecting invalid user bob 203.0.113.7 port 4711: Too many authentication failures for {words}"
        ),
    ] {
        let told = told(&message);
        assert!(told.is_none_or(|told| told.contains(" 203.0.113.7 port 4711")), "{message}");
    }
}

#[test]
fn a_message_without_a_plain_address_accuses_nobody() {
    tells_nothing(&[
        "",
        "Failed password for bob from a.example port 4711 ssh2",
        "Failed password for bob from 192.030.0.6 port 4711 ssh2",
        "Failed password for bob from UNKNOWN port 65535 ssh2",
        "User bob from a.example not allowed because not listed in AllowUsers",
        "User bob from 203.0.113.7 not allowed because account is locked",
        "User bob not allowed because account is locked",
        "Disconnecting: Too many authentication failures for bob [preauth]",
        "kex_exchange_identification: Connection closed by remote host",
        "Bad packet length 1397966893. [preauth]",
    ]);
}

#[test]
fn anything_behind_the_end_of_a_grammar_makes_it_no_event() {
    for message in [
        "Failed password for bob from 203.0.113.7 port 4711 ssh2",
        "Invalid user bob from 203.0.113.7 port 4711",
        "Did not receive identification string from 203.0.113.7",
        "ROOT LOGIN REFUSED FROM 203.0.113.7",
        "Connection closed by invalid user bob 203.0.113.7 port 4711",
    ] {
        tells_nothing(&[&format!("{message} x"), &format!("x {message}"), &format!("{message}x")]);
    }
}
