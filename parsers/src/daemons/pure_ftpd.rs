//! Pure-FTPd: `(?@IP) [WARNING] MESSAGE`. Until the login there is a question mark in the place of the account, so
//! nobody can name himself there.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, pam, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "pure-ftpd",
    programs: &["pure-ftpd-mysql", "pure-ftpd-postgresql", "pure-ftpd-ldap"],
    units: &["pure-ftpd"],
    any_program: false,
    bare: Bare::Opens(&["(?@"]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    pam::event(message).or_else(|| session(message))
}

/// The words are those of the language it was built for, but the user stands in brackets at their end in all of them.
fn session(message: &[u8]) -> Option<Finding<'_>> {
    let (address, text) = split::between(message, b"(?@", b") [")?;
    let address = address::read(address)?;
    let (level, text) = split::first(text, b"] ")?;
    if level == b"WARNING"
        && let Some((_, user)) = split::first(text, b" [")
    {
        return Some(Finding::new(Kind::FailedLogin, address).by(user.strip_suffix(b"]")?));
    }
    if text == b"Too many authentication failures" {
        return Some(Finding::new(Kind::TooManyFailures, address));
    }
    let limits = text.starts_with(b"Too many connections (") && text.ends_with(b") from this IP");
    limits.then_some(Finding::new(Kind::RateLimited, address))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_connection_that_ends_after_too_many_failures_is_told() {
        let line = "Nov 23 02:00:01 gate pure-ftpd: (?@203.0.113.7) [ERROR] Too many authentication failures";
        tells("pure-ftpd", line, "too-many-failures 203.0.113.7");
    }

    #[test]
    fn a_failed_login_is_told_in_any_language() {
        let banner = "Nov 23 02:00:01 gate pure-ftpd:";
        for words in ["Authentication failed for user", "Erreur d'authentification pour l'utilisateur"] {
            let line = format!("{banner} (?@203.0.113.7) [WARNING] {words} [bob]");
            tells("pure-ftpd", &line, "failed-login 203.0.113.7 by bob");
        }
        tells_nothing(
            "pure-ftpd",
            &[
                &format!("{banner} (?@203.0.113.7) [INFO] New connection from 203.0.113.7"),
                &format!("{banner} (bob@203.0.113.7) [WARNING] Can't change directory to x [y]"),
                &format!("{banner} (?@a.example) [WARNING] Authentication failed for user [bob]"),
            ],
        );
    }
}
