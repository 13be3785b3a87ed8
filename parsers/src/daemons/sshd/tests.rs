use super::event;

mod hostile;

/// `KIND ADDRESS[ port N][ by USER]`, or nothing.
fn told(message: &str) -> Option<String> {
    let event = event(message.as_bytes())?;
    let port = event.port.map(|port| format!(" port {port}")).unwrap_or_default();
    let user = event.user.map(|user| format!(" by {}", String::from_utf8_lossy(user))).unwrap_or_default();
    Some(format!("{} {}{port}{user}", event.kind, event.address))
}

#[track_caller]
fn tells(message: &str, expected: &str) {
    assert_eq!(told(message).as_deref(), Some(expected), "{message}");
}

#[track_caller]
fn tells_nothing(messages: &[&str]) {
    for message in messages {
        assert_eq!(told(message), None, "{message}");
    }
}

#[test]
fn a_failed_login_is_told_with_its_method() {
    tells(
        "Failed password for bob from 203.0.113.7 port 4711 ssh2",
        "failed-login 203.0.113.7 port 4711 by bob",
    );
    tells("Failed password for bob from 203.0.113.7 port 4711", "failed-login 203.0.113.7 port 4711 by bob");
    tells("Failed password for bob from 203.0.113.7", "failed-login 203.0.113.7 by bob");
    tells(
        "Failed password for illegal user bob from 203.0.113.7 port 4711",
        "failed-login 203.0.113.7 port 4711 by bob",
    );
    tells(
        "Failed keyboard-interactive/pam for invalid user a b from 2001:db8::7 port 1 ssh2 [preauth]",
        "failed-login 2001:db8::7 port 1 by a b",
    );
    tells(
        "Failed none for invalid user  from 203.0.113.7 port 4711 ssh2",
        "failed-none 203.0.113.7 port 4711 by ",
    );
    tells(
        "Failed gssapi-with-mic for bob from 203.0.113.7 port 4711 ssh2",
        "failed-key 203.0.113.7 port 4711 by bob",
    );
}

#[test]
fn a_refused_key_is_told_whatever_its_details() {
    let expected = "failed-key 203.0.113.7 port 4711 by bob";
    tells("Failed publickey for bob from 203.0.113.7 port 4711 ssh2", expected);
    tells("Failed publickey for bob from 203.0.113.7 port 4711 ssh2: RSA 00:11:22:aa", expected);
    tells("Failed publickey for bob from 203.0.113.7 port 4711 ssh2: ED25519 SHA256:q+/z=", expected);
    tells(
        "Failed publickey for bob from 203.0.113.7 port 4711 ssh2: RSA-CERT ID me (serial 7) CA RSA SHA256:q",
        expected,
    );
    tells(
        "Failed hostbased for bob from 203.0.113.7 port 4711 ssh2: RSA SHA256:q, client user \"x\", client host \"y\"",
        expected,
    );
}

#[test]
fn a_user_that_is_unknown_or_not_allowed_is_told() {
    tells("Invalid user bob from 203.0.113.7", "invalid-user 203.0.113.7 by bob");
    tells("Invalid user  from 203.0.113.7 port 4711", "invalid-user 203.0.113.7 port 4711 by ");
    tells("Illegal user bob from ::ffff:203.0.113.7", "invalid-user 203.0.113.7 by bob");
    for rule in [
        "listed in DenyUsers",
        "not listed in AllowUsers",
        "a group is listed in DenyGroups",
        "not in any group",
        "none of user's groups are listed in AllowGroups",
    ] {
        tells(
            &format!("User bob from 203.0.113.7 not allowed because {rule}"),
            "user-not-allowed 203.0.113.7 by bob",
        );
    }
    tells("ROOT LOGIN REFUSED FROM 203.0.113.7 port 4711 [preauth]", "root-refused 203.0.113.7 port 4711");
    tells(
        "Authentication tried for bob with correct key but not from a permitted host (host=x.example, ip=203.0.113.7).",
        "user-not-allowed 203.0.113.7 by bob",
    );
    tells(
        "Authentication tried for bob with valid certificate but not from a permitted source address (203.0.113.7).",
        "user-not-allowed 203.0.113.7 by bob",
    );
}

#[test]
fn a_login_that_ends_in_the_middle_is_told() {
    let aborted = "login-aborted 203.0.113.7 port 4711 by bob";
    tells("Connection closed by authenticating user bob 203.0.113.7 port 4711 [preauth]", aborted);
    tells("Connection reset by invalid user bob 203.0.113.7 port 4711 [preauth]", aborted);
    tells("Disconnected from authenticating user bob 203.0.113.7 port 4711 [preauth]", aborted);
    tells(
        "Disconnecting invalid user bob 203.0.113.7 port 4711: Change of username or service not allowed: (bob,ssh-connection) -> (eve,ssh-connection) [preauth]",
        aborted,
    );
    tells(
        "error: Received disconnect from 203.0.113.7 port 4711:14: No supported authentication methods available [preauth]",
        "login-aborted 203.0.113.7 port 4711",
    );
    tells(
        "error: Received disconnect from 203.0.113.7: 3: com.jcraft.jsch.JSchException: Auth fail",
        "login-aborted 203.0.113.7",
    );
    let kicked = "too-many-failures 203.0.113.7 port 4711 by bob";
    tells(
        "Disconnecting authenticating user bob 203.0.113.7 port 4711: Too many authentication failures [preauth]",
        kicked,
    );
    tells(
        "error: maximum authentication attempts exceeded for invalid user bob from 203.0.113.7 port 4711 ssh2 [preauth]",
        kicked,
    );
    tells(
        "Disconnecting: Too many authentication failures for bob from 203.0.113.7 port 4711 ssh2 [preauth]",
        kicked,
    );
}

#[test]
fn a_login_that_took_too_long_is_told() {
    tells("fatal: Timeout before authentication for 203.0.113.7", "login-timeout 203.0.113.7");
    tells("Timeout before authentication for 203.0.113.7 port 4711", "login-timeout 203.0.113.7 port 4711");
    tells(
        "Timeout before authentication for connection from 203.0.113.7 to 198.51.100.1, pid = 812",
        "login-timeout 203.0.113.7",
    );
    tells(
        "Connection from authenticating user bob 203.0.113.7 port 4711 timed out [preauth]",
        "login-timeout 203.0.113.7 port 4711 by bob",
    );
}

#[test]
fn a_connection_without_a_login_is_told_only_from_before_the_login() {
    for message in [
        "Connection closed by 203.0.113.7 port 4711",
        "Connection reset by 203.0.113.7 port 4711",
        "Disconnected from 203.0.113.7 port 4711",
        "Received disconnect from 203.0.113.7 port 4711:11: disconnected by user",
        "Read error from remote host 203.0.113.7 port 4711: Connection reset by peer",
    ] {
        tells_nothing(&[message]);
        tells(&format!("{message} [preauth]"), "no-login 203.0.113.7 port 4711");
    }
    tells("Received disconnect from 2001:db8::7: 11: Bye Bye [preauth]", "no-login 2001:db8::7");
}

#[test]
fn a_peer_that_speaks_no_ssh_is_told() {
    tells(
        "Did not receive identification string from 203.0.113.7 port 4711",
        "no-identification 203.0.113.7 port 4711",
    );
    let foreign = "bad-protocol 203.0.113.7 port 4711";
    tells("Bad protocol version identification '\\003' from 203.0.113.7 port 4711", foreign);
    tells("error: banner exchange: Connection from 203.0.113.7 port 4711: invalid format", foreign);
    tells("banner exchange: Connection from 203.0.113.7 port 4711: could not read protocol version", foreign);
    tells("Protocol major versions differ for 203.0.113.7 port 4711: SSH-2.0-x vs. SSH-1.5-y", foreign);
    tells("probed from 203.0.113.7 port 4711 with SSH-1.0-z.  Don't panic.", foreign);
    tells(
        "fatal: ssh_dispatch_run_fatal: Connection from 203.0.113.7 port 4711: message authentication code incorrect [preauth]",
        "bad-packet 203.0.113.7 port 4711",
    );
    tells(
        "fatal: Unable to negotiate with 203.0.113.7: no matching cipher found. Their offer: x [preauth]",
        "negotiation-failed 203.0.113.7",
    );
    tells("refused connect from 203.0.113.7", "connection-refused 203.0.113.7");
    tells("refused connect from a.example (::ffff:203.0.113.7)", "connection-refused 203.0.113.7");
}

#[test]
fn a_peer_that_comes_too_often_is_told() {
    tells(
        "drop connection #5 from [203.0.113.7]:4711 on [198.51.100.1]:22 past MaxStartups",
        "rate-limited 203.0.113.7 port 4711",
    );
    tells(
        "drop connection #0 from [2001:db8::7]:4711 on [2001:db8::1]:22 penalty: failed authentication",
        "penalised 2001:db8::7 port 4711",
    );
    tells(
        "srclimit_penalise: ipv4: new 203.0.113.7/32 active penalty of 5 seconds for penalty: failed authentication",
        "penalised 203.0.113.7",
    );
    tells(
        "srclimit_penalise: 2001:db8::7/128: activating ipv6 penalty of 15.000 seconds for penalty: caused crash",
        "penalised 2001:db8::7",
    );
    tells(
        "drop connection #5 from [203.0.113.7]:4711 on [198.51.100.1]:22 too many penalised addresses",
        "rate-limited 203.0.113.7 port 4711",
    );
    tells_nothing(&[
        "srclimit_penalise: ipv4: new 203.0.113.0/24 active penalty of 5 seconds for penalty: failed authentication",
    ]);
}

#[test]
fn pam_is_understood_in_its_own_wordings() {
    tells("error: PAM: Authentication failure for bob from 203.0.113.7", "pam-failure 203.0.113.7 by bob");
    tells(
        "error: PAM: Have exhausted maximum number of retries for service for bob from 203.0.113.7",
        "pam-failure 203.0.113.7 by bob",
    );
    let fields = "logname=me uid=0 euid=0 tty=NODEVssh ruser= rhost=203.0.113.7";
    for author in ["pam_unix(sshd:auth): ", "pam_sss(sshd:auth): ", "pam_ldap(ssh:auth): ", "(pam_unix) ", ""]
    {
        tells(&format!("{author}authentication failure; {fields} "), "pam-failure 203.0.113.7");
        tells(
            &format!("{author}authentication failure; {fields}  user=a b"),
            "pam-failure 203.0.113.7 by a b",
        );
    }
    let more = format!("PAM 2 more authentication failures; {fields}  user=bob");
    assert_eq!(event(more.as_bytes()).unwrap().count, 2);
    tells(
        "pam_access(sshd:account): access denied for user `bob' from `203.0.113.7'",
        "user-not-allowed 203.0.113.7 by bob",
    );
    tells_nothing(&[
        "pam_unix(su:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.7",
        "authentication failure; logname= uid=0 euid=0 tty=ftp ruser= rhost=203.0.113.7",
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=a.example",
    ]);
}

#[test]
fn an_ordinary_session_is_no_event() {
    tells_nothing(&[
        "Accepted password for bob from 203.0.113.7 port 4711 ssh2",
        "Accepted publickey for bob from 203.0.113.7 port 4711 ssh2: RSA SHA256:q",
        "Postponed keyboard-interactive for bob from 203.0.113.7 port 4711 ssh2 [preauth]",
        "Partial publickey for bob from 203.0.113.7 port 4711 ssh2: RSA SHA256:q",
        "Connection from 203.0.113.7 port 4711 on 198.51.100.1 port 22",
        "Connection closed by user bob 203.0.113.7 port 4711",
        "Disconnected from user bob 203.0.113.7 port 4711",
        "Starting session: shell on pts/0 for bob from 203.0.113.7 port 4711 id 0",
        "pam_unix(sshd:session): session opened for user bob by (uid=0)",
        "reverse mapping checking getaddrinfo for a.example [203.0.113.7] failed - POSSIBLE BREAK-IN ATTEMPT!",
        "Address 203.0.113.7 maps to a.example, but this does not map back to the address.",
    ]);
}

#[test]
fn a_peer_that_broke_the_protocol_before_its_login_is_told() {
    for peer in ["", "authenticating user bob ", "invalid user bob "] {
        let by = if peer.is_empty() { "" } else { " by bob" };
        for (words, kind) in [
            ("Packet corrupt", "bad-packet"),
            ("Protocol error: expected packet type 20, got 5", "bad-protocol"),
        ] {
            let line = format!("Disconnecting {peer}203.0.113.7 port 4711: {words} [preauth]");
            assert_eq!(told(&line), Some(format!("{kind} 203.0.113.7 port 4711{by}")), "{line}");
        }
    }
    assert_eq!(told("Disconnecting user bob 203.0.113.7 port 4711: Packet corrupt"), None);
    let forged =
        "Disconnecting invalid user x 192.0.2.1 port 5: Packet corrupt 203.0.113.7 port 4711: Packet corrupt";
    assert_eq!(
        told(forged).as_deref(),
        Some("bad-packet 203.0.113.7 port 4711 by x 192.0.2.1 port 5: Packet corrupt")
    );
}

#[test]
fn a_key_from_elsewhere_is_told_behind_the_file_that_it_stands_in() {
    for (words, place) in [
        ("correct key", "host (host=a.example, ip=203.0.113.7, required=192.0.2.0/24)."),
        ("valid certificate", "source address (203.0.113.7)."),
    ] {
        let line = format!(
            "/home/bob/.ssh/authorized_keys:3: Authentication tried for bob with {words} but not from a permitted {place}"
        );
        assert_eq!(told(&line).as_deref(), Some("user-not-allowed 203.0.113.7 by bob"), "{line}");
    }
}
