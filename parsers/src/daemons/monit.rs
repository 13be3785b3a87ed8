//! Monit's own web server (`HttpRequest: access denied -- client [IP]: REASON`), in its log file or through syslog.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "monit",
    programs: &[],
    units: &["monit"],
    any_program: false,
    bare: Bare::Opens(&[
        "error    : ",
        "warning  : ",
        "info     : ",
        "HttpRequest: ",
        "Warning: Client '",
        "Denied connection ",
    ]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_level(message);
    denied(text).or_else(|| supplied(text)).or_else(|| refused(text))
}

/// Without `error    : `.
fn behind_level(message: &[u8]) -> &[u8] {
    let is_level = |level: &[u8]| {
        level.len() == 9 && level.iter().all(|&byte| byte.is_ascii_lowercase() || byte == b' ')
    };
    match message.split_at_checked(9) {
        Some((level, rest)) if is_level(level) => rest.strip_prefix(b": ").unwrap_or(message),
        _ => message,
    }
}

/// `HttpRequest: access denied -- client IP: REASON`.
fn denied(text: &[u8]) -> Option<Finding<'_>> {
    let (client, reason) = split::between(text, b"HttpRequest: access denied -- client ", b": ")?;
    let address = address::in_brackets(client)?;
    let (kind, user) = match reason {
        b"empty password" => (Kind::FailedLogin, &[][..]),
        // A browser comes with nothing before it asks its user.
        b"empty username" | b"unknown user ''" => (Kind::Unauthorized, &[][..]),
        _ if reason.ends_with(b"invalid Authorization header") => (Kind::Unauthorized, &[][..]),
        _ => failure(reason)?,
    };
    let finding = Finding::new(kind, address);
    Some(if user.is_empty() { finding } else { finding.by(user) })
}

/// `Warning: Client 'IP' supplied REASON accessing monit httpd` (4.0 to 4.8).
fn supplied(text: &[u8]) -> Option<Finding<'_>> {
    let (client, reason) = split::between(text, b"Warning: Client '", b"' supplied ")?;
    let (kind, user) = failure(reason.strip_suffix(b" accessing monit httpd")?)?;
    Some(Finding::new(kind, address::read(client)?).by(user))
}

/// `unknown user 'USER'` or `wrong password for user 'USER'`.
fn failure(reason: &[u8]) -> Option<(Kind, &[u8])> {
    let (kind, user) = match reason.strip_prefix(b"unknown user '") {
        Some(user) => (Kind::InvalidUser, user),
        None => (Kind::FailedLogin, reason.strip_prefix(b"wrong password for user '")?),
    };
    Some((kind, user.strip_suffix(b"'")?))
}

/// `Denied connection from non-authorized client [IP]`.
fn refused(text: &[u8]) -> Option<Finding<'_>> {
    let client = text.strip_prefix(b"Denied connection from non-authorized client ")?;
    let (client, rest) =
        split::first(client, b"]").map_or((client, None), |(client, rest)| (client, Some(rest)));
    let address = address::read(client.strip_prefix(b"[").unwrap_or(client))?;
    Some(Finding::new(Kind::ConnectionRefused, address).hiding(rest.map(Private::Detail)))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told_in_the_wordings_of_all_versions() {
        for (text, expected) in [
            (
                "HttpRequest: access denied -- client [203.0.113.7]: wrong password for user 'bob'",
                "failed-login 203.0.113.7 by bob",
            ),
            (
                "HttpRequest: access denied -- client 203.0.113.7: unknown user 'bob'",
                "invalid-user 203.0.113.7 by bob",
            ),
            ("HttpRequest: access denied -- client 203.0.113.7: empty password", "failed-login 203.0.113.7"),
            (
                "HttpRequest: access denied -- client [203.0.113.7]: unknown user ''",
                "unauthorized 203.0.113.7",
            ),
            (
                "HttpRequest: access denied -- client [203.0.113.7]: missing or invalid Authorization header",
                "unauthorized 203.0.113.7",
            ),
            (
                "Warning: Client '203.0.113.7' supplied unknown user 'bob' accessing monit httpd",
                "invalid-user 203.0.113.7 by bob",
            ),
            ("Denied connection from non-authorized client [203.0.113.7]", "connection-refused 203.0.113.7"),
        ] {
            for banner in [
                "[CET Nov 23 02:00:01] error    :",
                "[2026-11-23T02:00:01+0100] warning  :",
                "Nov 23 02:00:01 gate monit[7]:",
            ] {
                tells("monit", &format!("{banner} {text}"), expected);
            }
        }
        tells_nothing("monit", &["[CET Nov 23 02:00:01] info     : 'gate' Monit 5.27.2 started"]);
    }

    #[test]
    fn a_user_that_looks_like_a_client_accuses_nobody_else() {
        let user = "x'-- client 192.0.2.1: wrong password for user 'y";
        let line = format!(
            "[CET Nov 23 02:00:01] error    : HttpRequest: access denied -- client 203.0.113.7: unknown user '{user}'"
        );
        tells("monit", &line, &format!("invalid-user 203.0.113.7 by {user}"));
    }
}
