use crate::testing::{tells, tells_nothing};

const SYSLOG: &str = "Nov 23 02:00:01 mx dovecot:";

#[test]
fn the_end_of_a_login_is_told_with_its_attempts() {
    for reason in [
        "Aborted login",
        "Disconnected: Inactivity",
        "Login aborted: Connection closed",
        "Remote closed connection",
    ] {
        let line = format!(
            "{SYSLOG} imap-login: {reason} (auth failed, 3 attempts in 16 secs): user=<bob>, method=PLAIN, rip=203.0.113.7, lip=198.51.100.1, TLS, session=<x>"
        );
        tells("dovecot", &line, "failed-session 203.0.113.7 by bob");
    }
    tells(
        "dovecot",
        &format!(
            "{SYSLOG} pop3-login: Aborted login (tried to use disallowed plaintext auth): rip=203.0.113.7, lip=198.51.100.1"
        ),
        "login-aborted 203.0.113.7",
    );
    for (reason, kind) in [
        ("Aborted login (2 authentication attempts)", "login-aborted"),
        ("Aborted login (0 authentication attempts)", "no-login"),
        ("Disconnected (tried to use unsupported auth mechanism)", "login-aborted"),
        ("Disconnected (cert required, client didn't start TLS)", "no-login"),
        ("Disconnected: Too many invalid commands.", "bad-protocol"),
    ] {
        let line = format!("{SYSLOG} imap-login: {reason}: rip=203.0.113.7, lip=198.51.100.1");
        tells("dovecot", &line, &format!("{kind} 203.0.113.7"));
    }
    tells(
        "dovecot",
        &format!(
            "{SYSLOG} imap-login: Aborted login: user=<bob>, method=PLAIN, rip=203.0.113.7, lip=198.51.100.1"
        ),
        "login-aborted 203.0.113.7 by bob",
    );
    tells(
        "dovecot",
        "Nov 23 02:00:01 imap-login: Info: Disconnected (no auth attempts in 4 secs): user=<>, rip=203.0.113.7, lip=198.51.100.1, TLS handshaking: x",
        "no-login 203.0.113.7 by ",
    );
    tells(
        "dovecot",
        "@400000004c91b044077a9e94 imap-login: Info: Aborted login (auth failed, 1 attempts): user=<bob>, rip=203.0.113.7, lip=198.51.100.1",
        "failed-session 203.0.113.7 by bob",
    );
}

#[test]
fn the_answer_of_a_database_is_told() {
    for (line, kind) in [
        ("auth: passwd-file(bob,203.0.113.7): unknown user", "invalid-user"),
        ("auth-worker(7): sql(bob,203.0.113.7,<x+/>): Password mismatch", "failed-login"),
        ("auth: ldap(bob,203.0.113.7,): invalid credentials", "failed-login"),
        ("auth: oauth2(bob,203.0.113.7,<x>): oauth2 failed: Invalid token", "failed-key"),
        ("auth: plain(bob,203.0.113.7,<x>): invalid input", "bad-protocol"),
        (
            "auth: login(bob,203.0.113.7): Username character disallowed by auth_username_chars: 0x20 (username: x y)",
            "invalid-user",
        ),
        (
            "auth: policy(bob,203.0.113.7,<x>): Authentication failure due to policy server refusal",
            "user-not-allowed",
        ),
        (
            "auth-worker(7): conn unix:auth-worker (pid=7,uid=8): auth-worker<9>: pam(bob,203.0.113.7): pam_authenticate() failed: x",
            "failed-login",
        ),
        ("auth: ldap(bob,203.0.113.7,<x>): unknown user (SHA1 of given password: f638ff)", "invalid-user"),
    ] {
        tells("dovecot", &format!("{SYSLOG} {line}"), &format!("{kind} 203.0.113.7 by bob"));
    }
    tells(
        "dovecot",
        "Nov 23 02:00:01 auth(bob,203.0.113.7,sasl:login)<x>: Info: sql: Password mismatch (given password: x)",
        "failed-login 203.0.113.7 by bob",
    );
    tells(
        "dovecot",
        "Nov 23 02:00:01 mx auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=bob rhost=203.0.113.7  user=bob",
        "pam-failure 203.0.113.7 by bob",
    );
}

#[test]
fn a_name_or_a_password_that_looks_like_a_peer_accuses_nobody_else() {
    let named = format!(
        "{SYSLOG} imap-login: Aborted login (auth failed, 1 attempts): user=<x>, rip=192.0.2.1, lip=y>, method=PLAIN, rip=203.0.113.7, lip=198.51.100.1"
    );
    tells("dovecot", &named, "failed-session 203.0.113.7 by x>, rip=192.0.2.1, lip=y");
    tells_nothing(
        "dovecot",
        &[
            &format!("{SYSLOG} auth: sql(x,192.0.2.1): unknown user,203.0.113.7,<y>): unknown user"),
            &format!(
                "{SYSLOG} auth: sql(x,203.0.113.7): Password mismatch (given password: y,192.0.2.1): unknown user)"
            ),
            &format!(
                "{SYSLOG} imap-login: Login: user=<bob>, method=PLAIN, rip=203.0.113.7, lip=198.51.100.1, mpid=7, TLS"
            ),
            &format!("{SYSLOG} imap(bob): Disconnected: Logged out in=1 out=2"),
        ],
    );
}
