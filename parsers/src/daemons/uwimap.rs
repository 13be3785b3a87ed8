//! The servers of the University of Washington (imapd, ipop3d): `MESSAGE user=USER [auth=USER ]host=NAME [IP]`.
//!
//! The host is cut behind 80 bytes; one whose address is not whole is nobody's.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, mail, pam, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "uwimap",
    programs: &["imapd", "ipop2d", "ipop3d"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&[
        "Login failed user=",
        "Login excessive login failures user=",
        "Login disabled user=",
    ]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    failed(message).or_else(|| pam::event(message))
}

/// The name of the user stands before the host: the last host is the true one.
fn failed(message: &[u8]) -> Option<Finding<'_>> {
    let (words, host) = split::last(message.trim_ascii_end(), b" host=")?;
    let client = mail::client(host).filter(|client| client.rest.is_empty())?;
    let (what, names) =
        split::first(words, b" user=").map_or((words, None), |(what, names)| (what, Some(names)));
    let names = names.map(<[u8]>::trim_ascii_end);
    let finding = Finding::at(kind(what)?, client.peer).hiding(Some(Private::Host(client.name)));
    Some(match names.map(|names| (names, split::first(names, b" auth="))) {
        None | Some((b"???", _)) => finding,
        Some((_, Some((user, other)))) => finding.by(user).hiding(Some(Private::User(other))),
        Some((user, None)) => finding.by(user),
    })
}

fn kind(what: &[u8]) -> Option<Kind> {
    Some(match what {
        b"Login failed" => Kind::FailedLogin,
        b"Login excessive login failures" => Kind::TooManyFailures,
        b"Login disabled" => Kind::UserNotAllowed,
        b"Autologout" => Kind::LoginTimeout,
        _ if what.starts_with(b"AUTHENTICATE ") && what.ends_with(b" failure") => Kind::FailedLogin,
        _ if what.starts_with(b"Failed ") && what.ends_with(b" override of") => Kind::FailedLogin,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const IMAPD: &str = "Nov 23 02:00:01 mx imapd[7]:";
    const PEER: &str = "host=a.example [203.0.113.7]";

    #[test]
    fn a_failed_login_is_told() {
        for (text, expected) in [
            ("Login failed user=bob auth=bob", "failed-login 203.0.113.7 by bob"),
            ("Login excessive login failures user=bob auth=bob", "too-many-failures 203.0.113.7 by bob"),
            ("Login disabled user=bob auth=bob", "user-not-allowed 203.0.113.7 by bob"),
            ("Failed root override of user=bob ", "failed-login 203.0.113.7 by bob"),
            ("AUTHENTICATE PLAIN failure", "failed-login 203.0.113.7"),
        ] {
            tells("uwimap", &format!("{IMAPD} {text} {PEER}"), expected);
        }
        tells(
            "uwimap",
            &format!("{IMAPD} Login failed user=bob auth=bob host=[203.0.113.7] "),
            "failed-login 203.0.113.7 by bob",
        );
        let pam = "pam_unix(imap:auth): authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=203.0.113.7  user=bob";
        tells("uwimap", &format!("{IMAPD} {pam}"), "pam-failure 203.0.113.7 by bob");
        tells_nothing(
            "uwimap",
            &[
                &format!("{IMAPD} Login user=bob {PEER}"),
                &format!("{IMAPD} Logout user=bob {PEER}"),
                &format!("{IMAPD} Login failed user=bob auth=bob host=a.long.name.example [203.0.113."),
            ],
        );
    }

    #[test]
    fn a_user_that_names_a_host_accuses_nobody_else() {
        let line = format!("{IMAPD} Login failed user=x host=[192.0.2.1] auth=y {PEER}");
        tells("uwimap", &line, "failed-login 203.0.113.7 by x host=[192.0.2.1]");
    }
}
