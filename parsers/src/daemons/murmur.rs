//! Mumble's server: `SERVER => <SESSION:NAME(ID)> Rejected connection from IP:PORT: REASON`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "murmur",
    programs: &["murmurd", "mumble-server"],
    units: &["murmur", "murmurd", "mumble-server"],
    any_program: false,
    bare: Bare::Opens(&[
        "1 => <", "2 => <", "3 => <", "4 => <", "5 => <", "6 => <", "7 => <", "8 => <", "9 => <",
    ]),
    grammar: Grammar::Message(event),
};

/// The name stands before the address, and the reasons are the server's.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (server, text) = split::word(message)?;
    let text = text.strip_prefix(b"=> <").filter(|_| server.iter().all(u8::is_ascii_digit))?;
    let (session, text) = split::first(text, b":")?;
    let (who, peer) = split::last(text, b")> Rejected connection from ")?;
    let (peer, reason) = split::first(peer, b": ").filter(|_| session.iter().all(u8::is_ascii_digit))?;
    let reasons: [(&[u8], Kind); 6] = [
        (b"Invalid server password", Kind::FailedLogin),
        (b"Wrong certificate or password for existing user", Kind::FailedLogin),
        (b"Invalid username", Kind::InvalidUser),
        (b"Username already in use", Kind::UserNotAllowed),
        (b"Wrong certificate", Kind::FailedKey),
        (b"Global connection limit", Kind::RateLimited),
    ];
    let (kind, _) = split::opening(reason, &reasons)?;
    Some(Finding::at(kind, address::joined(peer)?).by(split::last(who, b"(")?.0))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_rejected_client_is_told_behind_both_banners() {
        for banner in
            ["<W>2026-11-23 02:00:01.123", "Nov 23 02:00:01 gate murmurd[7]: <W>2026-11-23 02:00:01.123"]
        {
            for reason in ["Invalid server password", "Wrong certificate or password for existing user"] {
                tells(
                    "murmur",
                    &format!(
                        "{banner} 1 => <4:x)> Rejected connection from 192.0.2.1:5(-1)> Rejected connection from 203.0.113.7:4711: {reason}"
                    ),
                    "failed-login 203.0.113.7 port 4711 by x)> Rejected connection from 192.0.2.1:5",
                );
            }
            tells_nothing(
                "murmur",
                &[
                    &format!("{banner} 1 => <4:bob(7)> Authenticated"),
                    &format!("{banner} 1 => <4:(-1)> New connection: 203.0.113.7:4711"),
                ],
            );
        }
    }
}
