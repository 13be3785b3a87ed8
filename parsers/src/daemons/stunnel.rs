//! stunnel 4 and 5: `LOG3[PROCESS:THREAD]: SSL_accept from IP:PORT : CODE: error:...`, `... connection from IP:PORT
//! REFUSED by libwrap`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "stunnel",
    // In its own file a number alone behind the level looks like a process.
    programs: &["stunnel4", "stunnel5", "LOG3", "LOG4"],
    units: &["stunnel", "stunnel4"],
    any_program: false,
    bare: Bare::Opens(&["LOG3[", "LOG4[", "SSL_accept from "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let has_level = message.starts_with(b"LOG");
    let text = if has_level { split::first(message, b"]: ")?.1 } else { message };
    handshake(text).or_else(|| refused(text))
}

fn handshake(text: &[u8]) -> Option<Finding<'_>> {
    let (peer, error) = split::word(text.strip_prefix(b"SSL_accept from ")?)?;
    let kind = match text::find(error, b"peer did not return a certificate") {
        Some(_) => Kind::FailedKey,
        None => Kind::NegotiationFailed,
    };
    Some(Finding::at(kind, address::joined(peer)?))
}

/// The name of the service is the administrator's.
fn refused(text: &[u8]) -> Option<Finding<'_>> {
    let (before, peer) = split::last(text.strip_suffix(b" REFUSED by libwrap")?, b"onnection from ")?;
    let service = before.strip_prefix(b"Service [").and_then(|service| service.strip_suffix(b"] c"));
    let is_known = service.is_some() || matches!(before, b"C" | b"c");
    let finding = Finding::at(Kind::ConnectionRefused, address::joined(peer).filter(|_| is_known)?);
    Some(finding.hiding(service.map(Private::Detail)))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn failed_handshakes_and_refused_connections_are_told() {
        for banner in [
            "2026.11.23 02:00:01 LOG3[7:140]:",
            "2026.11.23 02:00:01 LOG3[7]:",
            "Nov 23 02:00:01 gate stunnel: LOG3[7:140]:",
        ] {
            for (message, kind) in [
                (
                    "SSL_accept from 203.0.113.7:4711 : 1408: error:1408:SSL routines:x:unknown protocol",
                    "negotiation-failed",
                ),
                (
                    "SSL_accept from 203.0.113.7:4711 : 1408: error:1408:SSL routines:x:peer did not return a certificate",
                    "failed-key",
                ),
                ("Service [imaps] connection from 203.0.113.7:4711 REFUSED by libwrap", "connection-refused"),
            ] {
                tells("stunnel", &format!("{banner} {message}"), &format!("{kind} 203.0.113.7 port 4711"));
            }
            tells_nothing(
                "stunnel",
                &[&format!("{banner} Service [imaps] accepted connection from 203.0.113.7:4711")],
            );
        }
    }
}
