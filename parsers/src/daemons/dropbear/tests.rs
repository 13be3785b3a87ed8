use super::event;

/// `KIND ADDRESS port N[ by USER]`, or nothing.
fn told(message: &str) -> Option<String> {
    let event = event(message.as_bytes())?;
    let user = event.user.map(|user| format!(" by {}", String::from_utf8_lossy(user))).unwrap_or_default();
    Some(format!("{} {} port {}{user}", event.kind, event.address, event.port?))
}

#[track_caller]
fn tells(message: &str, expected: &str) {
    assert_eq!(told(message).as_deref(), Some(expected), "{message}");
}

#[test]
fn a_wrong_password_is_told() {
    let expected = "failed-login 203.0.113.7 port 4711 by bob";
    tells("Bad password attempt for 'bob' from 203.0.113.7:4711", expected);
    tells("bad password attempt for 'bob' from ::ffff:203.0.113.7:4711", expected);
    tells("Bad PAM password attempt for 'bob' from 203.0.113.7:4711", expected);
    tells("Too-long password attempt for 'bob' from 203.0.113.7:4711", expected);
    tells(
        "Bad password attempt for 'bob' from 2001:db8::7:4711",
        "failed-login 2001:db8::7 port 4711 by bob",
    );
    tells(
        "Bad password attempt for 'bob' from [2001:db8::7]:4711",
        "failed-login 2001:db8::7 port 4711 by bob",
    );
}

#[test]
fn a_refused_key_is_told() {
    tells(
        "Pubkey auth attempt with unknown algo for 'bob' from 203.0.113.7:4711",
        "failed-key 203.0.113.7 port 4711 by bob",
    );
    tells(
        "Pubkey auth bad signature for 'bob' with key SHA256:q from 203.0.113.7:4711",
        "failed-key 203.0.113.7 port 4711 by bob",
    );
}

#[test]
fn a_user_that_does_not_exist_is_told() {
    tells("Login attempt for nonexistent user from 203.0.113.7:4711", "invalid-user 203.0.113.7 port 4711");
    tells(
        "login attempt for nonexistent user 'bob' from 203.0.113.7:4711",
        "invalid-user 203.0.113.7 port 4711 by bob",
    );
    tells(
        "Login attempt with wrong user bob from 203.0.113.7:4711",
        "user-not-allowed 203.0.113.7 port 4711 by bob",
    );
    tells("Client trying multiple usernames from 203.0.113.7:4711", "failed-login 203.0.113.7 port 4711");
}

#[test]
fn too_many_tries_are_told_in_every_version() {
    let expected = "too-many-failures 203.0.113.7 port 4711 by bob";
    let tries = "Max auth tries reached - user 'bob'";
    tells(&format!("Exit before auth (user 'bob', 10 fails): {tries} from 203.0.113.7:4711"), expected);
    tells(
        &format!(
            "Exit before auth from <203.0.113.7:4711>: (user 'bob', 10 fails): {tries} from 203.0.113.7:4711"
        ),
        expected,
    );
    tells(&format!("Exit before auth from <203.0.113.7:4711>: (user 'bob', 10 fails): {tries}"), expected);
    tells(&format!("Exit before auth: {tries} from 203.0.113.7:4711"), expected);
    tells(
        "Exit before auth from <203.0.113.7:4711>: Max auth tries reached - user 'is invalid' from 203.0.113.7:4711",
        "too-many-failures 203.0.113.7 port 4711",
    );
}

#[test]
fn an_exit_before_the_login_is_told_with_its_reason() {
    tells("Exit before auth from <203.0.113.7:4711>: Exited normally", "no-login 203.0.113.7 port 4711");
    tells(
        "Exit before auth from <203.0.113.7:4711>: (user 'bob', 2 fails): Exited normally",
        "login-aborted 203.0.113.7 port 4711 by bob",
    );
    tells(
        "Exit before auth from <203.0.113.7:4711>: Timeout before auth",
        "login-timeout 203.0.113.7 port 4711",
    );
    tells(
        "Exit before auth from <203.0.113.7:4711>: No matching algo kex",
        "negotiation-failed 203.0.113.7 port 4711",
    );
}

#[test]
fn a_user_name_that_contains_an_address_accuses_nobody() {
    for user in [
        "x' from 192.0.2.1:5",
        "x from 192.0.2.1:5",
        "x', 3 fails): Max auth tries reached - user 'y' from 192.0.2.1:5",
    ] {
        for (before, after) in [
            ("Bad password attempt for '", "' from 203.0.113.7:4711"),
            ("login attempt for nonexistent user '", "' from 203.0.113.7:4711"),
            ("Exit before auth from <203.0.113.7:4711>: (user '", "', 3 fails): Exited normally"),
            (
                "Exit before auth (user 'bob', 3 fails): Max auth tries reached - user '",
                "' from 203.0.113.7:4711",
            ),
        ] {
            let message = format!("{before}{user}{after}");
            assert!(told(&message).is_none_or(|told| told.contains(" 203.0.113.7 ")), "{message}");
        }
    }
}

#[test]
fn what_accuses_nobody_is_no_event() {
    for message in [
        "Password auth succeeded for 'bob' from 203.0.113.7:4711",
        "Pubkey auth succeeded for 'bob' with ssh-ed25519 key SHA256:q from 203.0.113.7:4711",
        "Child connection from 203.0.113.7:4711",
        "Exit (bob) from <203.0.113.7:4711>: Disconnect received",
        "Exit before auth: Exited normally",
        "Exit before auth (user 'bob', 1 fails): Exited normally",
        "Bad password attempt for 'bob' from 203.0.113.7",
        "Login attempt for nonexistent user bob from 203.0.113.7:4711",
        "Exit before auth from <203.0.113.7:4711>: (user 'x', y', 2 fails): Exited normally",
        "Bad password attempt for 'bob' from 203.0.113.7:4711 x",
        "Bad password attempt for 'bob' from a.example:4711",
        "",
    ] {
        assert_eq!(told(message), None, "{message}");
    }
}

#[test]
fn the_end_of_a_session_is_told_in_the_spelling_of_old_versions() {
    let line =
        "exit before auth (user 'bob', 10 fails): Max auth tries reached - user 'bob' from 203.0.113.7:4711";
    tells(line, "too-many-failures 203.0.113.7 port 4711 by bob");
}
