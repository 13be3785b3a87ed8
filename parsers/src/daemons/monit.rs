//! Monit's web interface (cervlet.c, processor.c): `HttpRequest: access denied -- client IP: REASON`, `Warning: Client 'IP' supplied
//! REASON`.
//!
//! The address stands before the user.

use core::net::IpAddr;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "monit",
    programs: &[],
    units: &["monit"],
    any_program: false,
    bare: Bare::Opens(&["error ", "warning ", "info ", "HttpRequest: access denied "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_level(message);
    let (address, reason) = client(text)?;
    let named: [(&[u8], Kind); 3] = [
        (b"unknown user '", Kind::InvalidUser),
        (b"wrong password for user '", Kind::FailedLogin),
        (b"user '", Kind::FailedLogin),
    ];
    if let Some((kind, user)) = split::opening(reason, &named) {
        let user = user.strip_suffix(b" accessing monit httpd").unwrap_or(user);
        return Some(Finding::new(kind, address).by(user.strip_suffix(b"'")?));
    }
    let kind = match reason {
        b"empty password" | b"empty username" => Kind::FailedLogin,
        b"missing or invalid Authorization header" | b"invalid Authorization header" => Kind::Unauthorized,
        _ => return None,
    };
    Some(Finding::new(kind, address))
}

/// Without `error    : `.
fn behind_level(message: &[u8]) -> &[u8] {
    let level = split::word(message).and_then(|(level, rest)| Some((level, rest.strip_prefix(b": ")?)));
    level.filter(|(level, _)| level.is_ascii()).map_or(message, |(_, rest)| rest)
}

fn client(text: &[u8]) -> Option<(IpAddr, &[u8])> {
    if let Some((address, reason)) = text::between(text, b"Warning: Client '", b"' supplied ") {
        return Some((address::read(address)?, reason));
    }
    let (client, reason) = text::between(text, b"HttpRequest: access denied -- client ", b": ")?;
    Some((address::peer(client)?.address, reason))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn refused_clients_are_told_in_the_wordings_of_all_versions() {
        for banner in ["[CET Nov 23 02:00:01] error    : ", "Nov 23 02:00:01 gate monit[7]: "] {
            let denied = format!("{banner}HttpRequest: access denied -- client 203.0.113.7");
            tells(
                "monit",
                &format!("{denied}: wrong password for user 'a: b'"),
                "failed-login 203.0.113.7 by a: b",
            );
            tells("monit", &format!("{denied}: unknown user 'bob'"), "invalid-user 203.0.113.7 by bob");
            tells("monit", &format!("{denied}: empty password"), "failed-login 203.0.113.7");
            tells(
                "monit",
                &format!("{denied}: missing or invalid Authorization header"),
                "unauthorized 203.0.113.7",
            );
            let old = format!(
                "{banner}Warning: Client '203.0.113.7' supplied unknown user 'bob' accessing monit httpd"
            );
            tells("monit", &old, "invalid-user 203.0.113.7 by bob");
            tells_nothing("monit", &[&format!("{banner}monit HTTP server started"), &format!("{denied}: x")]);
        }
    }
}
