//! vpopmail (vchkpw.c), the passwords of qmail's virtual users: `vchkpw-SERVICE: REASON[ (pass: 'X')] USER:IP`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "vpopmail",
    programs: &[
        "vchkpw",
        "vchkpw-imap",
        "vchkpw-imaps",
        "vchkpw-pop3",
        "vchkpw-pop3s",
        "vchkpw-smtp",
        "vchkpw-smtps",
        "vchkpw-submission",
    ],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["vchkpw-"]),
    grammar: Grammar::Message(event),
};

/// The client's words stand before its address, which is the last word.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    const REASONS: [(&[u8], Kind); 8] = [
        (b"password fail (pass: '", Kind::FailedLogin),
        (b"password fail ", Kind::FailedLogin),
        (b"system password fail ", Kind::FailedLogin),
        (b"null password given ", Kind::FailedLogin),
        (b"vpopmail user not found ", Kind::InvalidUser),
        (b"system user not found ", Kind::InvalidUser),
        (b"null user name given ", Kind::InvalidUser),
        (b"invalid user/domain characters ", Kind::InvalidUser),
    ];
    let text = split::between(message, b"vchkpw-", b": ");
    let text = text.map_or(message, |(_, text)| text);
    let (kind, rest) =
        REASONS.iter().find_map(|(reason, kind)| Some((*kind, text.strip_prefix(*reason)?)))?;
    let (words, address) = split::last(rest, b":")?;
    Some(Finding::new(kind, address::read(address)?).hiding(Some(Private::User(words))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failed_login_is_told() {
        for (reason, kind) in [
            ("password fail", "failed-login"),
            ("password fail (pass: 'x')", "failed-login"),
            ("null password given", "failed-login"),
            ("vpopmail user not found", "invalid-user"),
        ] {
            for program in ["vpopmail[7]: vchkpw-smtp:", "vchkpw-pop3[7]:"] {
                let line = format!("Nov 23 02:00:01 mx {program} {reason} bob@x.example:203.0.113.7");
                tells("vpopmail", &line, &format!("{kind} 203.0.113.7"));
            }
        }
        tells(
            "vpopmail",
            "Nov 23 02:00:01 mx vpopmail[7]: vchkpw-smtp: password fail (pass: 'x:192.0.2.1') y:192.0.2.1:203.0.113.7",
            "failed-login 203.0.113.7",
        );
        tells_nothing(
            "vpopmail",
            &["Nov 23 02:00:01 mx vpopmail[7]: vchkpw-pop3: (PLAIN) login success bob:203.0.113.7"],
        );
    }
}
