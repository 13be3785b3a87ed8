//! Log-ins on a terminal of the network (telnet, rlogin): login of util-linux, shadow and BSD, and the modules of PAM
//! they run.
//!
//! `FAILED LOGIN N FROM IP FOR USER, REASON` (util-linux), `FAILED LOGIN (N) on 'TTY' from 'IP' FOR 'USER', REASON`
//! (shadow), `N LOGIN FAILURE[S] FROM IP[, USER]` (BSD): the user's words stand behind the address.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, pam, repeat, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "login",
    programs: &["remote"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["FAILED LOGIN ", "TOO MANY LOGIN TRIES "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    pam::event(message).or_else(|| failed(message)).or_else(|| quoted(message)).or_else(|| counted(message))
}

/// `FAILED LOGIN [SESSION ]N FROM IP FOR USER, REASON` or `TOO MANY LOGIN TRIES (N) FROM IP FOR USER, REASON`.
fn failed(message: &[u8]) -> Option<Finding<'_>> {
    let openings: [(&[u8], Kind); 3] = [
        (b"FAILED LOGIN SESSION ", Kind::TooManyFailures),
        (b"FAILED LOGIN ", Kind::FailedLogin),
        (b"TOO MANY LOGIN TRIES ", Kind::TooManyFailures),
    ];
    let (kind, text) = split::opening(message, &openings)?;
    let (_number, text) = split::first(text, b"FROM ").filter(|(number, _)| is_number(number))?;
    let (peer, account) = split::first(text, b" FOR ")?;
    Some(by_account(Finding::new(kind, address::read(peer)?), account))
}

/// Nothing, `N ` or `(N) `.
fn is_number(text: &[u8]) -> bool {
    text.len() < 16 && text.iter().all(|byte| byte.is_ascii_digit() || b"() ".contains(byte))
}

/// `FAILED LOGIN (N) on 'TTY' from 'IP' FOR 'USER', REASON`, the terminal being the system's word.
fn quoted(message: &[u8]) -> Option<Finding<'_>> {
    let (number, text) = split::between(message, b"FAILED LOGIN (", b") on '")?;
    let (terminal, text) = split::first(text, b"' from '").filter(|_| is_number(number))?;
    // Where the line names no peer, the user may.
    let is_path = terminal.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'/');
    let (peer, account) = split::first(text, b"' FOR '").filter(|_| is_path)?;
    let finding = Finding::new(Kind::FailedLogin, address::read(peer)?);
    let (user, reason) = split::last(account, b"', ")?;
    Some(finding.by(user).hiding(Some(Private::Detail(reason))))
}

/// `N LOGIN FAILURE[S] FROM IP[, USER]`.
fn counted(message: &[u8]) -> Option<Finding<'_>> {
    let (rest, count) = repeat::count(message).ok()?;
    let openings: [(&[u8], ()); 2] = [(b" LOGIN FAILURE FROM ", ()), (b" LOGIN FAILURES FROM ", ())];
    let ((), text) = split::opening(rest, &openings)?;
    let (peer, user) = split::first(text, b", ").map_or((text, None), |(peer, user)| (peer, Some(user)));
    let finding = Finding { count: count.max(1), ..Finding::new(Kind::FailedLogin, address::read(peer)?) };
    Some(user.map_or(finding, |user| finding.by(user)))
}

/// `USER, REASON`: the reason is PAM's, and has no comma.
fn by_account<'a>(finding: Finding<'a>, account: &'a [u8]) -> Finding<'a> {
    finding.by(split::last(account, b", ").map_or(account, |(user, _)| user))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const HOST: &str = "Nov 23 02:00:01 gate login[7]:";

    #[test]
    fn a_failed_login_from_the_network_is_told_in_all_wordings() {
        for (text, expected) in [
            (
                "FAILED LOGIN 1 FROM 203.0.113.7 FOR bob, Authentication failure",
                "failed-login 203.0.113.7 by bob",
            ),
            (
                "FAILED LOGIN SESSION FROM 203.0.113.7 FOR bob, Authentication failure",
                "too-many-failures 203.0.113.7 by bob",
            ),
            (
                "TOO MANY LOGIN TRIES (3) FROM 203.0.113.7 FOR bob, Authentication failure",
                "too-many-failures 203.0.113.7 by bob",
            ),
            (
                "FAILED LOGIN (2) on '/dev/pts/0' from '203.0.113.7' FOR 'bob', Authentication failure",
                "failed-login 203.0.113.7 by bob",
            ),
            ("2 LOGIN FAILURES FROM 2001:db8::7, bob", "failed-login 2001:db8::7 by bob"),
            ("1 LOGIN FAILURE FROM 203.0.113.7", "failed-login 203.0.113.7"),
            (
                "pam_unix(remote:auth): authentication failure; logname= uid=0 euid=0 tty=pts/0 ruser= rhost=203.0.113.7",
                "pam-failure 203.0.113.7",
            ),
        ] {
            tells("login", &format!("{HOST} {text}"), expected);
        }
    }

    #[test]
    fn a_login_on_the_console_or_from_a_name_is_nothing() {
        tells_nothing(
            "login",
            &[
                &format!("{HOST} FAILED LOGIN 1 FROM tty1 FOR bob, Authentication failure"),
                &format!("{HOST} FAILED LOGIN (1) on '/dev/tty1' FOR 'bob', Authentication failure"),
                &format!("{HOST} 1 LOGIN FAILURE FROM a.example, 192.0.2.1"),
                &format!("{HOST} ROOT LOGIN ON tty1"),
            ],
        );
    }

    #[test]
    fn a_user_that_looks_like_a_peer_accuses_nobody_else() {
        let user = "x FROM 192.0.2.1 FOR y";
        let line = format!("{HOST} FAILED LOGIN 1 FROM 203.0.113.7 FOR {user}, Authentication failure");
        tells("login", &line, &format!("failed-login 203.0.113.7 by {user}"));
        let user = "x' from '192.0.2.1' FOR 'y";
        let console = format!("{HOST} FAILED LOGIN (1) on '/dev/tty1' FOR '{user}', Authentication failure");
        tells_nothing("login", &[&console]);
        let line = format!("{HOST} FAILED LOGIN (1) on '/dev/pts/0' from '203.0.113.7' FOR '{user}', x");
        tells("login", &line, &format!("failed-login 203.0.113.7 by {user}"));
    }
}
