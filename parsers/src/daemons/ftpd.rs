//! The FTP servers that log as `ftpd`: BSD's, MIT Kerberos' gssftpd, WU-FTPD.
//!
//! `failed login from NAME [IP]`, `repeated login failures from IP (NAME)`, `FTP LOGIN REFUSED (REASON) FROM NAME
//! [IP], USER`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, pam, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "ftpd",
    programs: &["wu-ftpd", "wuftpd", "in.ftpd", "gssftpd", "bsd-ftpd"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["FTP LOGIN REFUSED ", "repeated login failures from ", "failed login from "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    pam::event(message).or_else(|| login(message))
}

fn login(message: &[u8]) -> Option<Finding<'_>> {
    /// What happened, and the mark before the client.
    type Told = (Kind, &'static [u8]);
    const OPENINGS: [(&[u8], Told); 6] = [
        (b"failed login from ", (Kind::FailedLogin, b"")),
        (b"repeated login failures from ", (Kind::TooManyFailures, b"")),
        (b"FTP LOGIN FAILED FROM ", (Kind::FailedLogin, b"")),
        (b"ANONYMOUS FTP LOGIN REFUSED FROM ", (Kind::UserNotAllowed, b"")),
        (b"ACCESS DENIED (", (Kind::ConnectionRefused, b") TO ")),
        (b"FTP LOGIN REFUSED (", (Kind::UserNotAllowed, b") FROM ")),
    ];
    let ((kind, mark), text) = split::opening(message, &OPENINGS)?;
    let text = if mark.is_empty() { text } else { split::first(text, mark)?.1 };
    let (host, rest) = split::word(text)?;
    if let Some(address) = address::read(host.strip_suffix(b",").unwrap_or(host)) {
        return Some(Finding::new(kind, address).hiding(Some(Private::Detail(rest))));
    }
    let (address, rest) = split::between(rest, b"[", b"]")?;
    let finding = Finding::new(kind, address::read(address)?).hiding(Some(Private::Host(host)));
    match rest.strip_prefix(b", ") {
        Some(user) => Some(finding.by(user)),
        None => rest.is_empty().then_some(finding),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn failed_logins_are_told_in_the_wordings_of_all() {
        for (line, told) in [
            ("wu-ftpd[7]: failed login from a.example [203.0.113.7]", "failed-login 203.0.113.7"),
            (
                "ftpd[7]: repeated login failures from 203.0.113.7 (a.example)",
                "too-many-failures 203.0.113.7",
            ),
            (
                "ftpd[7]: FTP LOGIN REFUSED (username in denied-uid) FROM a.example [203.0.113.7], bob [192.0.2.1]",
                "user-not-allowed 203.0.113.7 by bob [192.0.2.1]",
            ),
            ("in.ftpd[7]: FTP LOGIN FAILED FROM 203.0.113.7, bob", "failed-login 203.0.113.7"),
        ] {
            tells("ftpd", &format!("Nov 23 02:00:01 gate {line}"), told);
        }
        tells_nothing(
            "ftpd",
            &[
                "Nov 23 02:00:01 gate ftpd[7]: FTP LOGIN FROM a.example [203.0.113.7], bob",
                "Nov 23 02:00:01 gate ftpd[7]: failed login from a.example [b.example]",
                "Nov 23 02:00:01 gate ftpd[7]: FTP LOGIN FAILED FROM a.example, bob",
            ],
        );
    }
}
