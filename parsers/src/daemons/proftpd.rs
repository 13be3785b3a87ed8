//! ProFTPD: `SERVER (NAME[IP])[: | - ]MESSAGE`. What a client says stands behind its address, and no resolved name
//! has a bracket in it.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, pam, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "proftpd",
    programs: &[],
    units: &["proftpd"],
    any_program: false,
    bare: Bare::Opens(&[]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    pam::event(message).or_else(|| session(message))
}

fn session(message: &[u8]) -> Option<Finding<'_>> {
    let (server, text) = split::first(message, b" (")?;
    let (name, text) = split::first(text, b"[")?;
    let (address, text) = split::first(text, b"])")?;
    let address = address::read(address)?;
    let text = text.strip_prefix(b": ").or_else(|| text.strip_prefix(b" - "))?;
    let finding = login(text, address).or_else(|| connection(text, address))?;
    Some(finding.hiding(Some(Private::Host(server))).hiding(Some(Private::Host(name))))
}

/// `USER NAME (Login failed): REASON` or `USER NAME: no such user found from NAME [IP] to IP:PORT`.
fn login(text: &[u8], address: core::net::IpAddr) -> Option<Finding<'_>> {
    let openings: [(&[u8], ()); 2] = [(b"USER ", ()), (b"ANON ", ())];
    let ((), text) = split::opening(text, &openings)?;
    if let Some((user, ends)) = split::last(text, b": no such user found from ") {
        return Some(Finding::new(Kind::InvalidUser, address).by(user).hiding(Some(Private::Detail(ends))));
    }
    let (user, reason) = split::last(text, b" (Login failed): ")?;
    let reasons: [(&[u8], Kind); 4] = [
        (b"No such user", Kind::InvalidUser),
        (b"User in /etc/ftpusers", Kind::UserNotAllowed),
        (b"Invalid shell", Kind::UserNotAllowed),
        (b"Limit ", Kind::UserNotAllowed),
    ];
    let kind = split::opening(reason, &reasons).map_or(Kind::FailedLogin, |(kind, _)| kind);
    Some(Finding::new(kind, address).by(user))
}

fn connection(text: &[u8], address: core::net::IpAddr) -> Option<Finding<'_>> {
    let openings: [(&[u8], Kind); 8] = [
        (b"SECURITY VIOLATION: root login attempted", Kind::RootRefused),
        (b"SECURITY VIOLATION: Root login attempted", Kind::RootRefused),
        (b"Maximum login attempts (", Kind::TooManyFailures),
        (b"Login timeout exceeded, disconnected", Kind::LoginTimeout),
        (b"FTP login timed out, disconnected", Kind::LoginTimeout),
        (b"Connection refused (max ", Kind::RateLimited),
        (b"Connection denied", Kind::ConnectionRefused),
        (b"mod_wrap", Kind::ConnectionRefused),
    ];
    let (kind, rest) = split::opening(text, &openings)?;
    let says_so = kind != Kind::ConnectionRefused || rest.is_empty() || rest.ends_with(b"refused connection");
    says_so.then_some(Finding::new(kind, address))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn what_a_session_did_is_told_behind_both_banners() {
        for banner in [
            "Nov 23 02:00:01 gate proftpd[7]: ftp.example (a.example[203.0.113.7]) -",
            "Nov 23 02:00:01 gate proftpd[7] ftp.example (::ffff:203.0.113.7[::ffff:203.0.113.7]):",
            "2026-11-23 02:00:01,123 gate proftpd[7] ftp.example (a.example[203.0.113.7]):",
        ] {
            for (message, told) in [
                ("USER bob (Login failed): Incorrect password.", "failed-login 203.0.113.7 by bob"),
                ("USER bob (Login failed): User in /etc/ftpusers", "user-not-allowed 203.0.113.7 by bob"),
                (
                    "USER x: no such user found from a.example [203.0.113.7] to 198.51.100.1:21",
                    "invalid-user 203.0.113.7 by x",
                ),
                ("SECURITY VIOLATION: Root login attempted", "root-refused 203.0.113.7"),
                ("Maximum login attempts (3) exceeded, connection refused", "too-many-failures 203.0.113.7"),
            ] {
                tells("proftpd", &format!("{banner} {message}"), told);
            }
            tells_nothing(
                "proftpd",
                &[&format!("{banner} FTP session opened."), &format!("{banner} USER bob: Login successful.")],
            );
        }
    }

    #[test]
    fn a_user_that_looks_like_a_session_accuses_nobody_else() {
        tells(
            "proftpd",
            "Nov 23 02:00:01 gate proftpd[7] ftp.example (a.example[203.0.113.7]): USER gate proftpd[7] x (y[192.0.2.1]): no such user found from z [192.0.2.1] to a: no such user found from a.example [203.0.113.7] to 198.51.100.1:21",
            "invalid-user 203.0.113.7 by gate proftpd[7] x (y[192.0.2.1]): no such user found from z [192.0.2.1] to a",
        );
    }
}
