//! Perdition, a proxy for POP3 and IMAP: `Auth: IP:PORT->IP:PORT ... status="failed: REASON"`.

use crate::address::{self, Endpoint};
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "perdition",
    programs: &[
        "perdition.imap",
        "perdition.imap4",
        "perdition.imap4s",
        "perdition.imaps",
        "perdition.pop3",
        "perdition.pop3s",
        "perdition.managesieve",
    ],
    units: &["perdition"],
    any_program: false,
    bare: Bare::Opens(&["Auth: ", "Fatal Error reading authentication information from client "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    login(message).or_else(|| aborted(message))
}

/// The client's words stand behind its address; the status is the last of them all.
fn login(message: &[u8]) -> Option<Finding<'_>> {
    let (peer, own, rest) = ends(message.strip_prefix(b"Auth: ")?, b" ")?;
    let (words, reason) = split::last(rest, b" status=\"failed: ")?;
    let kind = match reason.strip_suffix(b"\"")? {
        b"domain mismatch" => Kind::UserNotAllowed,
        reason if reason.ends_with(b"Authentication Failure") => Kind::FailedLogin,
        _ => return None,
    };
    Some(
        Finding::at(kind, peer).hiding(Some(Private::LocalAddress(own))).hiding(Some(Private::Detail(words))),
    )
}

/// `Fatal Error reading authentication information from client IP:PORT->IP:PORT: Exiting child`.
fn aborted(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.strip_prefix(b"Fatal Error ").or_else(|| message.strip_prefix(b"Fatal error "))?;
    let (peer, own, rest) =
        ends(text.strip_prefix(b"reading authentication information from client ")?, b": ")?;
    (rest == b"Exiting child")
        .then(|| Finding::at(Kind::NoLogin, peer).hiding(Some(Private::LocalAddress(own))))
}

/// Both ends of the connection, with their ports or without, and what follows.
fn ends<'a>(text: &'a [u8], mark: &[u8]) -> Option<(Endpoint, &'a [u8], &'a [u8])> {
    let (peer, rest) = split::first(text, b"->")?;
    let without_port = || Some(Endpoint { address: address::read(peer)?, port: None });
    let peer = address::joined(peer).or_else(without_port)?;
    let (own, rest) = split::first(rest, mark)?;
    Some((peer, own, rest))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const OPENING: &str = "Nov 23 02:00:01 mx perdition.imaps[7]:";

    #[test]
    fn a_failed_login_is_told() {
        let words =
            "client-secure=ssl authorisation_id=NONE authentication_id=\"x\" server=\"y\" protocol=IMAP4S";
        for (reason, kind) in [
            ("Re-Authentication Failure", "failed-login"),
            ("Local Authentication Failure", "failed-login"),
            ("domain mismatch", "user-not-allowed"),
        ] {
            let line = format!(
                "{OPENING} Auth: 203.0.113.7:4711->198.51.100.1:993 {words} status=\"failed: {reason}\""
            );
            tells("perdition", &line, &format!("{kind} 203.0.113.7 port 4711"));
        }
        let old = format!(
            "{OPENING} Auth: 203.0.113.7->198.51.100.1 user=\"x\" status=\"failed: Re-Authentication Failure\""
        );
        tells("perdition", &old, "failed-login 203.0.113.7");
        let aborted = "Fatal Error reading authentication information from client 203.0.113.7:4711->198.51.100.1:993: Exiting child";
        tells("perdition", &format!("{OPENING} {aborted}"), "no-login 203.0.113.7 port 4711");
        tells_nothing(
            "perdition",
            &[
                &format!("{OPENING} Auth: 203.0.113.7:4711->198.51.100.1:993 {words} status=\"ok\""),
                &format!("{OPENING} Connect: 203.0.113.7:4711->198.51.100.1:993"),
            ],
        );
    }
}
