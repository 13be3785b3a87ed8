//! OpenLDAP's slapd. A failed bind is logged apart from its address, so only connections that tcp wrappers refuse tell
//! who they are from: `fd=N DENIED from NAME (IP)`.

use crate::address;
use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "slapd",
    programs: &[],
    units: &["slapd"],
    any_program: false,
    bare: Bare::Opens(&[]),
    grammar: Grammar::Message(event),
};

/// The name is the resolver's.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (connection, rest) = split::first(message, b" DENIED from ")?;
    let (name, peer) = split::last(rest.strip_suffix(b")")?, b" (")?;
    let is_own = connection.rsplit(|&byte| byte == b' ').next()?.starts_with(b"fd=");
    let peer = peer.strip_prefix(b"IP=").unwrap_or(peer);
    let finding = match address::joined(peer) {
        Some(peer) => Finding::at(Kind::ConnectionRefused, peer),
        None => Finding::new(Kind::ConnectionRefused, address::read(peer)?),
    };
    is_own.then_some(finding.hiding(Some(Private::Host(name))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const SLAPD: &str = "Nov 23 02:00:01 ldap slapd[7]:";

    #[test]
    fn a_refused_connection_is_told_and_nothing_else() {
        tells(
            "slapd",
            &format!("{SLAPD} fd=12 DENIED from a.example (203.0.113.7)"),
            "connection-refused 203.0.113.7",
        );
        let port = format!("{SLAPD} conn=9 fd=12 DENIED from unknown (IP=203.0.113.7:4711)");
        tells("slapd", &port, "connection-refused 203.0.113.7 port 4711");
        tells_nothing(
            "slapd",
            &[
                &format!("{SLAPD} conn=9 fd=12 ACCEPT from IP=203.0.113.7:4711 (IP=0.0.0.0:636)"),
                &format!("{SLAPD} conn=9 op=1 RESULT tag=97 err=49 text="),
            ],
        );
    }
}
