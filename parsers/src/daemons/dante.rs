//! Dante: `info: block(N): tcp/accept ]: IP.PORT IP.PORT: error after reading N bytes in N seconds: REASON`.

use crate::address::{self, Endpoint};
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "danted",
    programs: &["sockd", "dante"],
    units: &["danted", "sockd"],
    any_program: false,
    bare: Bare::Opens(&["info: block("]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (rule, text) = split::between(message, b"info: block(", b"): tcp/accept ")?;
    let text = text.strip_prefix(b"]: ").or_else(|| text.strip_prefix(b"[: "))?;
    let (client, text) = split::word(text).filter(|_| rule.iter().all(u8::is_ascii_digit))?;
    let (local, reason) = split::first(text, b": ").unwrap_or((text, b""));
    let (kind, user) = refusal(reason);
    let finding = Finding { user, ..Finding::at(kind, peer(client)?) };
    Some(finding.hiding(Some(Private::LocalAddress(local))))
}

/// A rule that blocks gives no reason.
fn refusal(reason: &[u8]) -> (Kind, Option<&[u8]>) {
    const REASONS: [(&[u8], &[u8], Kind); 3] = [
        (b"could not access user \"", b"\"'s records", Kind::InvalidUser),
        (b"password authentication failed for user \"", b"\"", Kind::FailedLogin),
        (b"pam_authenticate() for user \"", b"\" failed", Kind::FailedLogin),
    ];
    let named = REASONS.iter().find_map(|(open, close, kind)| {
        let (_, rest) = split::first(reason, open)?;
        Some((*kind, split::last(rest, close)?.0))
    });
    match named {
        Some((kind, user)) => (kind, Some(user)),
        None if text::find(reason, b"authentication").is_some() => (Kind::FailedLogin, None),
        None if reason.starts_with(b"error after reading ") => (Kind::BadProtocol, None),
        None => (Kind::ConnectionRefused, None),
    }
}

/// `IP.PORT`, whatever the version of the address.
fn peer(token: &[u8]) -> Option<Endpoint> {
    let (address, port) = split::last(token, b".")?;
    Some(Endpoint { address: address::read(address)?, port: Some(text::number(port)?) })
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_blocked_client_is_told_with_the_reason() {
        let banner = "Nov 23 02:00:01 gate danted[7]: info:";
        let opening =
            "tcp/accept ]: 203.0.113.7.4711 198.51.100.1.1080: error after reading 35 bytes in 0 seconds:";
        for (reason, told) in [
            (
                "could not access user \"x\"'s records in the system password file: no system error",
                "invalid-user 203.0.113.7 port 4711 by x",
            ),
            (
                "system password authentication failed for user \"bob\"",
                "failed-login 203.0.113.7 port 4711 by bob",
            ),
            (
                "pam_authenticate() for user \"bob\" failed: Authentication failure",
                "failed-login 203.0.113.7 port 4711 by bob",
            ),
            ("unknown SOCKS version 71", "bad-protocol 203.0.113.7 port 4711"),
        ] {
            tells("danted", &format!("{banner} block(1): {opening} {reason}"), told);
        }
        tells(
            "danted",
            &format!("{banner} block(2): tcp/accept [: 2001:db8::7.4711 2001:db8:1::1.1080"),
            "connection-refused 2001:db8::7 port 4711",
        );
        tells_nothing(
            "danted",
            &[&format!("{banner} pass(1): tcp/accept [: 203.0.113.7.4711 198.51.100.1.1080")],
        );
    }
}
