//! Kerio Connect and Kerio Control: their security logs.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "kerio",
    // Kerio's log files name the service where a program would stand.
    programs: &["SMTP", "IMAP", "POP3", "NNTP", "LDAP", "HTTP", "XMPP", "CalDAV", "CardDAV"],
    units: &["kerio-connect"],
    any_program: false,
    bare: Bare::Opens(&[
        "Attempt to deliver to unknown recipient ",
        "SMTP Spam attack detected from ",
        "IP address ",
        "Relay attempt from IP address ",
        "Client with IP address ",
        "Message from IP address ",
        "Administration login into ",
        "Directory harvest attack from ",
        "Failed ",
        "Authentication: ",
    ]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.strip_suffix(b".").unwrap_or(message);
    opened(text).or_else(|| ended(text)).or_else(|| login(text))
}

/// Messages whose words of the client stand behind its address.
fn opened(text: &[u8]) -> Option<Finding<'_>> {
    const OPENINGS: [(&[u8], &[u8], Kind); 6] = [
        (b"SMTP Spam attack detected from ", b", client ", Kind::BadProtocol),
        (b"IP address ", b" found in DNS blacklist ", Kind::Blocklisted),
        (b"Relay attempt from IP address ", b", mail from ", Kind::RelayDenied),
        (b"Client with IP address ", b" has no reverse DNS entry", Kind::ConnectionRefused),
        (b"Message from IP address ", b", sender ", Kind::RejectedMail),
        (b"Directory harvest attack from ", b" detected", Kind::RejectedRecipient),
    ];
    let (rest, after, kind) = OPENINGS
        .iter()
        .find_map(|(opening, after, kind)| Some((text.strip_prefix(*opening)?, *after, *kind)))?;
    let (rest, address) = address::address(rest).ok()?;
    let words = rest.strip_prefix(after)?;
    Some(Finding::new(kind, address).hiding(Some(Private::Detail(words))))
}

/// Messages whose words of the client stand before its address, which is the last word.
fn ended(text: &[u8]) -> Option<Finding<'_>> {
    if let Some(text) = text.strip_prefix(b"Attempt to deliver to unknown recipient ") {
        let (words, address) = split::last(text, b", IP address ")?;
        let finding = Finding::new(Kind::RejectedRecipient, address::read(address)?);
        return Some(finding.hiding(Some(Private::Detail(words))));
    }
    let (what, address) = split::last(text, b". Attempt from IP address ")?;
    let (kind, user) = failure(what)?;
    Some(Finding::new(kind, address::read(address)?).by(user))
}

/// `User NAME doesn't exist` or `Invalid password for user NAME`.
fn failure(what: &[u8]) -> Option<(Kind, &[u8])> {
    match what.strip_prefix(b"Invalid password for user ") {
        Some(user) => Some((Kind::FailedLogin, user)),
        None => Some((Kind::InvalidUser, what.strip_prefix(b"User ")?.strip_suffix(b" doesn't exist")?)),
    }
}

/// The longest name of a place, such as `WebMail` or `Administration Console`.
const LONGEST: usize = 48;

/// `Failed SERVICE login from IP[ with SASL method M]`, `Administration login into PLACE from IP failed: REASON`, and
/// of Kerio Control, behind `Authentication: `, `PLACE: Client: IP: REASON`.
fn login(text: &[u8]) -> Option<Finding<'_>> {
    if let Some(text) = text.strip_prefix(b"Authentication: ") {
        let (_place, peer) = split::first(text, b": Client: ").filter(|(place, _)| is_place(place))?;
        let (address, what) = split::first(peer, b": ")?;
        let address = address::read(address)?;
        let (kind, user) = failure(what)?;
        return Some(Finding::new(kind, address).by(user));
    }
    let (place, rest, after) = if let Some(rest) = text.strip_prefix(b"Failed ") {
        let (service, rest) = split::word(rest)?;
        (service, rest.strip_prefix(b"login from ")?, &b" with SASL method "[..])
    } else {
        let (place, rest) = split::between(text, b"Administration login into ", b" from ")?;
        (place, rest, &b" failed: "[..])
    };
    let (rest, address) = address::address(rest).ok().filter(|_| is_place(place))?;
    let is_reason = |words: &[u8]| after.starts_with(b" failed") || !words.contains(&b' ');
    let is_known = rest.is_empty() || rest.strip_prefix(after).is_some_and(is_reason);
    is_known.then(|| Finding::new(Kind::FailedLogin, address))
}

/// The words of a place are Kerio's own. A service or a method is one of them: other daemons' lines begin with `Failed
/// ` too, and hold words of their clients.
fn is_place(text: &[u8]) -> bool {
    text.len() < LONGEST && text.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b' ')
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const TIME: &str = "[23/Nov/2026 02:00:01]";

    #[test]
    fn refused_mail_is_told() {
        for (text, kind) in [
            (
                "Attempt to deliver to unknown recipient <c@d.example>, from <a@b.example>, IP address 203.0.113.7",
                "rejected-recipient",
            ),
            (
                "SMTP Spam attack detected from 203.0.113.7, client sent data before SMTP greeting",
                "bad-protocol",
            ),
            (
                "IP address 203.0.113.7 found in DNS blacklist X, mail from <a@b.example> to <c@d.example>",
                "blocklisted",
            ),
            (
                "Relay attempt from IP address 203.0.113.7, mail from <a@b.example> to <c@d.example> rejected",
                "relay-denied",
            ),
            (
                "Client with IP address 203.0.113.7 has no reverse DNS entry, connection rejected",
                "connection-refused",
            ),
            ("Message from IP address 203.0.113.7, sender <a@b.example> rejected: x", "rejected-mail"),
        ] {
            tells("kerio", &format!("{TIME} {text}"), &format!("{kind} 203.0.113.7"));
        }
    }

    #[test]
    fn failed_logins_are_told() {
        for (text, expected) in [
            (
                "SMTP: User bob doesn't exist. Attempt from IP address 203.0.113.7.",
                "invalid-user 203.0.113.7 by bob",
            ),
            (
                "HTTP/WebMail: Invalid password for user bob. Attempt from IP address 203.0.113.7.",
                "failed-login 203.0.113.7 by bob",
            ),
            ("Failed SMTP login from 203.0.113.7 with SASL method CRAM-MD5.", "failed-login 203.0.113.7"),
            ("Failed IMAP login from 203.0.113.7.", "failed-login 203.0.113.7"),
            (
                "Administration login into Web Administration from 203.0.113.7 failed: x",
                "failed-login 203.0.113.7",
            ),
            (
                "Authentication: Web Interface: Client: 203.0.113.7: Invalid password for user bob",
                "failed-login 203.0.113.7 by bob",
            ),
        ] {
            tells("kerio", &format!("{TIME} {text}"), expected);
        }
        tells_nothing(
            "kerio",
            &[
                &format!("{TIME} IMAP: User bob logged in. Attempt from IP address 203.0.113.7."),
                &format!("{TIME} Administration login into x from 203.0.113.7 succeeded"),
            ],
        );
    }

    #[test]
    fn a_name_in_the_line_of_another_daemon_accuses_nobody() {
        let sshd = "Failed password for invalid user x login from 192.0.2.1 with SASL method y from 203.0.113.9 port 5 ssh2";
        let roundcube = "Failed login for a login from 192.0.2.1 with SASL method x from 203.0.113.9 in session abc (error: 0)";
        let method = "Failed x login from 192.0.2.1 with SASL method y from 203.0.113.9";
        let viewer = "Authentication: FAILED :: User Name: x: Client: 192.0.2.1: Invalid password for user y :: Viewer Address: 203.0.113.9 :: Type: DH";
        let roundcube = format!("[23-Nov-2026 02:00:01 +0000]: {roundcube}");
        for line in [sshd, &roundcube, method, viewer] {
            tells_nothing("kerio", &[line]);
        }
        for (line, address) in [(sshd, "203.0.113.9"), (&roundcube, "203.0.113.9"), (viewer, "203.0.113.9")] {
            let (_, event) = crate::parse_line(None, line.as_bytes()).unwrap();
            assert_eq!(event.address.to_string(), address, "{line}");
        }
    }

    #[test]
    fn a_name_that_looks_like_an_address_accuses_nobody_else() {
        let user = "x doesn't exist. Attempt from IP address 192.0.2.1";
        let line = format!("{TIME} SMTP: User {user} doesn't exist. Attempt from IP address 203.0.113.7.");
        tells("kerio", &line, &format!("invalid-user 203.0.113.7 by {user}"));
    }
}
