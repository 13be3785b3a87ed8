//! MongoDB: since 4.4 JSON, `"c":"ACCESS",...,"msg":"Authentication failed","attr":{...,"remote":"IP:PORT"}`; before,
//! `I ACCESS [connN] MECHANISM authentication failed for USER on DATABASE from client IP:PORT ; REASON`.
//!
//! In text the reason names the user again, so the client has words on both sides of its address.

use crate::address::{self, Endpoint};
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, json, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "mongodb",
    programs: &["mongod", "mongos"],
    units: &["mongod", "mongodb"],
    any_program: false,
    bare: Bare::Opens(&["I ACCESS ", "I  ACCESS ", "[conn", r#"{"t":{"$date":"#]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    if message.starts_with(b"{") { structured(message) } else { written(message) }
}

fn structured(message: &[u8]) -> Option<Finding<'_>> {
    let (mut component, mut text) = (None, None);
    let (mut peer, mut user, mut error) = (None, None, None);
    for member in json::members(message) {
        match (member.parent, member.key) {
            (b"", b"c") if member.is_outer() => component = Some(member.value),
            (b"", b"msg") if member.is_outer() => text = Some(member.value),
            (b"attr", b"remote" | b"client") => peer = address::peer(member.value),
            (b"attr", b"principalName" | b"user") => user = Some(member.value),
            (b"attr", b"error") => error = Some(member.value),
            _ => {}
        }
    }
    let is_failure =
        component? == b"ACCESS" && matches!(text?, b"Authentication failed" | b"Failed to authenticate");
    let finding = found(peer.filter(|_| is_failure)?, error.unwrap_or_default());
    Some(Finding { user, ..finding })
}

fn written(message: &[u8]) -> Option<Finding<'_>> {
    let (place, text) = split::first(message, b"[conn")?;
    let (_, text) = split::first(text, b"] ").filter(|_| place.len() < 32)?;
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b"SASL ").unwrap_or(text);
    let (mechanism, text) = split::first(text, b" authentication failed for ")?;
    let is_mechanism = mechanism.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let mut readings = split::each(text, b" from client ").filter_map(|(user, rest)| {
        let (peer, reason) = split::word(rest)?;
        let reason = if reason.is_empty() { reason } else { reason.strip_prefix(b"; ")? };
        Some((user, address::joined(peer)?, reason))
    });
    let (user, peer, reason) = readings.next().filter(|_| is_mechanism)?;
    readings.next().is_none().then(|| found(peer, reason).by(user))
}

/// The reason begins with the name of an error, and the user may follow.
fn found(peer: Endpoint, reason: &[u8]) -> Finding<'_> {
    let kind = if reason.starts_with(b"UserNotFound") { Kind::InvalidUser } else { Kind::FailedLogin };
    let details = text::find(reason, b": ").and_then(|at| reason.get(at + 2..));
    Finding::at(kind, peer).hiding(details.map(Private::Detail))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_failure_is_told_in_json() {
        let json = r#"{"t":{"$date":"2026-11-23T02:00:01.123+00:00"},"s":"I","c":"ACCESS","id":20249,"ctx":"conn8","msg":"Authentication failed","attr":{"mechanism":"SCRAM-SHA-256","principalName":"bob","remote":"203.0.113.7:4711","extraInfo":{},"error":"UserNotFound: Could not find user \"bob\""}}"#;
        tells("mongodb", json, "invalid-user 203.0.113.7 port 4711 by bob");
        let newer =
            json.replace("Authentication failed", "Failed to authenticate").replace("remote", "client");
        tells(
            "mongodb",
            &newer.replace("UserNotFound", "AuthenticationFailed"),
            "failed-login 203.0.113.7 port 4711 by bob",
        );
        tells_nothing("mongodb", &[&json.replace("failed", "succeeded"), &json.replace("ACCESS", "NETWORK")]);
    }

    #[test]
    fn a_failure_is_told_in_text_if_it_can_be_read_in_one_way_only() {
        let opening = "2026-11-23T02:00:01.123+0100 I ACCESS   [conn2] SCRAM-SHA-1 authentication failed for";
        let reason = "UserNotFound: Could not find user bob@admin";
        tells(
            "mongodb",
            &format!("{opening} bob on admin from client 203.0.113.7:4711 ; {reason}"),
            "invalid-user 203.0.113.7 port 4711 by bob on admin",
        );
        tells(
            "mongodb",
            &format!("{opening} bob on admin from client [2001:db8::7]:4711 ; x"),
            "failed-login 2001:db8::7 port 4711 by bob on admin",
        );
        tells_nothing(
            "mongodb",
            &[&format!(
                "{opening} a from client 192.0.2.1:5 ; b on admin from client 203.0.113.7:4711 ; {reason}"
            )],
        );
    }
}
