//! Cyrus IMAP 2 and 3: imapd, pop3d, nntpd, httpd, lmtpd and timsieved; their names are what `cyrus.conf` calls them.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::mail::{self, Client};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "cyrus",
    programs: &[
        "imap",
        "imapd",
        "imaps",
        "lmtp",
        "lmtpd",
        "nntp",
        "nntpd",
        "pop3",
        "pop3d",
        "pop3s",
        "sieve",
        "timsieved",
        "managesieve",
        "httpd",
        "cyrus-imapd",
        "cyrus-master",
    ],
    units: &["cyrus-imapd", "cyrus-imap"],
    any_program: false,
    bare: Bare::Opens(&["badlogin: "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    login(message).or_else(|| handshake(message)).or_else(|| refused(message))
}

/// `badlogin: HOST [IP] plaintext USER SASL(CODE): REASON`, `badlogin: HOST [IP] METHOD [(USER) ][SASL(CODE): REASON]`,
/// `badlogin: HOST[IP] METHOD REASON` (timsieved): all words of the client stand behind its address.
fn login(message: &[u8]) -> Option<Finding<'_>> {
    let client = mail::client(message.strip_prefix(b"badlogin: ")?)?;
    let (words, reason) = split::between(client.rest, b" ", b"SASL(").unwrap_or((client.rest, &[]));
    let (_code, reason) = split::first(reason, b"): ").unwrap_or_default();
    let (kind, rest) = match reason.strip_prefix(b"user not found") {
        Some(rest) => (Kind::InvalidUser, rest),
        None => (Kind::FailedLogin, reason.strip_prefix(b"authentication failure").unwrap_or(reason)),
    };
    let finding = told(&client, kind).hiding(Some(Private::Detail(rest)));
    Some(user(words).map_or(finding, |user| finding.by(user)))
}

/// The user among the words between the address and the reason.
fn user(words: &[u8]) -> Option<&[u8]> {
    let words = words.trim_ascii_end();
    if let Some(user) = words.strip_prefix(b"plaintext ") {
        return Some(user);
    }
    let (_method, named) = split::first(words.strip_suffix(b" [").unwrap_or(words), b" (")?;
    named.strip_suffix(b")")
}

/// `imaps TLS negotiation failed: HOST [IP]`, `STARTTLS negotiation failed: HOST [IP]`.
fn handshake(message: &[u8]) -> Option<Finding<'_>> {
    let (what, client) = split::first(message, b" negotiation failed: ")?;
    let client = mail::client(client).filter(|client| client.rest.is_empty())?;
    (what.len() < 16 && what.ends_with(b"TLS")).then(|| told(&client, Kind::NegotiationFailed))
}

/// `refused connection from IP` (master, by tcp wrappers).
fn refused(message: &[u8]) -> Option<Finding<'_>> {
    let peer = message.strip_prefix(b"refused connection from ")?;
    if let Some(address) = address::read(peer) {
        return Some(Finding::new(Kind::ConnectionRefused, address));
    }
    let client = mail::client(peer).filter(|client| client.rest.is_empty())?;
    Some(told(&client, Kind::ConnectionRefused))
}

fn told<'a>(client: &Client<'a>, kind: Kind) -> Finding<'a> {
    Finding::at(kind, client.peer).hiding(Some(Private::Host(client.name)))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const HOST: &str = "Nov 23 02:00:01 mx";

    #[test]
    fn a_failed_login_is_told_in_the_wordings_of_all_versions() {
        for (text, expected) in [
            (
                "cyrus/imaps[7]: badlogin: a.example [203.0.113.7] plaintext bob SASL(-13): authentication failure: checkpass failed",
                "failed-login 203.0.113.7 by bob",
            ),
            (
                "imapd[7]: badlogin: a.example [203.0.113.7] DIGEST-MD5 [SASL(-13): authentication failure: x]",
                "failed-login 203.0.113.7",
            ),
            (
                "cyrus/imap[7]: badlogin: [2001:db8::7] PLAIN (bob) [SASL(-13): authentication failure: x]",
                "failed-login 2001:db8::7 by bob",
            ),
            (
                "cyrus/pop3[7]: badlogin: a.example[203.0.113.7] plain [SASL(-13): user not found: x]",
                "invalid-user 203.0.113.7",
            ),
            (
                "timsieved[7]: badlogin: a.example[203.0.113.7] PLAIN authentication failure",
                "failed-login 203.0.113.7",
            ),
            (
                "cyrus/imaps[7]: imaps TLS negotiation failed: a.example [203.0.113.7]",
                "negotiation-failed 203.0.113.7",
            ),
            ("httpd[7]: badlogin: [203.0.113.7] Basic bob SASL(-13): x", "failed-login 203.0.113.7"),
            ("cyrus/imap[7]: STARTTLS negotiation failed: [203.0.113.7]", "negotiation-failed 203.0.113.7"),
            ("cyrus-master[7]: refused connection from 203.0.113.7", "connection-refused 203.0.113.7"),
        ] {
            tells("cyrus", &format!("{HOST} {text}"), expected);
        }
    }

    #[test]
    fn a_login_that_succeeded_or_has_an_odd_address_is_nothing() {
        tells_nothing(
            "cyrus",
            &[
                &format!(
                    "{HOST} cyrus/imaps[7]: login: a.example [203.0.113.7] bob PLAIN+TLS User logged in"
                ),
                &format!(
                    "{HOST} cyrus/imaps[7]: badlogin: a.example [192.030.0.6] plaintext bob SASL(-13): x"
                ),
            ],
        );
    }

    #[test]
    fn a_user_that_looks_like_a_client_accuses_nobody_else() {
        let line =
            format!("{HOST} imap[7]: badlogin: a.example [203.0.113.7] plaintext x [192.0.2.1] SASL(-13): y");
        tells("cyrus", &line, "failed-login 203.0.113.7 by x [192.0.2.1]");
    }
}
