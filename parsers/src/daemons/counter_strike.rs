//! Half-Life's servers: `Bad Rcon: "COMMAND" from "IP:PORT"` over UDP, `rcon from "IP:PORT": Bad Password` over TCP.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "counter-strike",
    programs: &["hlds", "srcds"],
    units: &["hlds", "srcds"],
    any_program: false,
    bare: Bare::Opens(&["Bad Rcon: ", "rcon from \""]),
    grammar: Grammar::Message(event),
};

/// Of a datagram the command stands in front of the address; over TCP the address is all there is.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    if let Some(text) = message.strip_prefix(b"Bad Rcon: \"") {
        let (command, peer) = split::last(text, b"\" from \"")?;
        let peer = address::joined(peer.strip_suffix(b"\"")?)?;
        return Some(Finding::at(Kind::FailedLogin, peer).claimed().hiding(Some(Private::Detail(command))));
    }
    let (peer, answer) = split::between(message, b"rcon from \"", b"\": ")?;
    (answer == b"Bad Password").then_some(Finding::at(Kind::FailedLogin, address::joined(peer)?))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_wrong_password_of_the_remote_console_is_told() {
        tells(
            "counter-strike",
            "L 11/23/2026 - 02:00:01: Bad Rcon: \"rcon 7 \"x\" from \"192.0.2.1:5\" y\" from \"203.0.113.7:4711\"",
            "failed-login 203.0.113.7 claimed",
        );
        tells(
            "counter-strike",
            "L 11/23/2026 - 02:00:01: rcon from \"203.0.113.7:4711\": Bad Password",
            "failed-login 203.0.113.7 port 4711",
        );
        tells_nothing(
            "counter-strike",
            &["L 11/23/2026 - 02:00:01: rcon from \"203.0.113.7:4711\": command \"status\""],
        );
    }
}
