//! HCL (IBM, Lotus) Domino: its console log.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "domino",
    // The console names the protocol where a program would stand.
    programs: &["smtp", "http", "imap", "ldap", "pop3"],
    units: &["domino"],
    any_program: false,
    bare: Bare::Opens(&["SMTP Server", "POP3 Server", "IMAP Server", "LDAP Server", "HTTP Server"]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_server(message);
    named_before(text).or_else(|| connecting(text)).or_else(|| policy(text))
}

/// Without `SMTP Server: `, `SMTP Server [THREAD] ` and the like.
fn behind_server(message: &[u8]) -> &[u8] {
    let behind = || {
        let (protocol, rest) =
            split::first(message, b" Server").filter(|(protocol, _)| protocol.len() <= 4)?;
        let rest = split::between(rest, b" [", b"]").map_or(rest, |(_, rest)| rest);
        let text = rest.strip_prefix(b":").unwrap_or(rest).strip_prefix(b" ")?;
        protocol.iter().all(u8::is_ascii_alphanumeric).then_some(text)
    };
    behind().unwrap_or(message)
}

/// `USER [IP] authentication failure using internet password`, the brackets missing where the user's name is too long.
fn named_before(text: &[u8]) -> Option<Finding<'_>> {
    let (user, address) =
        split::last(text.strip_suffix(b" authentication failure using internet password")?, b" ")?;
    Some(Finding::new(Kind::FailedLogin, address::in_brackets(address)?).by(user))
}

/// `Authentication failed for user USER ; connecting host IP`.
fn connecting(text: &[u8]) -> Option<Finding<'_>> {
    let text = text.strip_prefix(b"Authentication failed for user ")?;
    let (user, address) = split::last(text, b" ; connecting host ")?;
    Some(Finding::new(Kind::FailedLogin, address::in_brackets(address)?).by(user))
}

/// `Connection from [IP] rejected for policy reasons. ...`.
fn policy(text: &[u8]) -> Option<Finding<'_>> {
    let (address, rest) = split::between(text, b"Connection from ", b" ")?;
    let words = rest.strip_prefix(b"rejected for policy reasons")?;
    let finding = Finding::new(Kind::ConnectionRefused, address::in_brackets(address)?);
    Some(finding.hiding(Some(Private::Detail(words))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told_in_the_wordings_and_times_of_all_versions() {
        for time in
            ["23-11-2026 02:00:01  ", "11/23/2026 02:00:01 AM  ", "[28325:00010-37355] 2026-11-23 02:00:01  "]
        {
            for text in [
                "SMTP Server: Authentication failed for user bob ; connecting host 203.0.113.7",
                "SMTP Server [0D14:0027-1334] Authentication failed for user bob ; connecting host [203.0.113.7]",
                "smtp: bob [203.0.113.7] authentication failure using internet password",
                "http: bob [203.0.113.7] authentication failure using internet password",
                "pop3: bob 203.0.113.7 authentication failure using internet password",
            ] {
                tells("domino", &format!("{time} {text}"), "failed-login 203.0.113.7 by bob");
            }
        }
        let policy =
            "SMTP Server [0D14:0027-1334] Connection from [203.0.113.7] rejected for policy reasons. x";
        tells("domino", &format!("23-11-2026 02:00:01   {policy}"), "connection-refused 203.0.113.7");
        tells_nothing("domino", &["23-11-2026 02:00:01   SMTP Server: 203.0.113.7 connected"]);
    }

    #[test]
    fn a_user_that_looks_like_an_address_accuses_nobody_else() {
        tells(
            "domino",
            "23-11-2026 02:00:01   smtp: x [192.0.2.1] y [203.0.113.7] authentication failure using internet password",
            "failed-login 203.0.113.7 by x [192.0.2.1] y",
        );
    }
}
