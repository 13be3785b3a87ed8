//! The agent of Nagios (nrpe.c): `Host IP is not allowed to talk to us!`.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "nagios",
    programs: &["nrpe", "nsca"],
    units: &["nrpe", "nagios-nrpe-server"],
    any_program: false,
    bare: Bare::Opens(&["Host ", "Error: Could not complete SSL handshake with "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    if let Some((address, _)) = split::between(message, b"Host ", b" is not allowed to talk to us!") {
        return Some(Finding::new(Kind::ConnectionRefused, address::read(address)?));
    }
    let rest = message.strip_prefix(b"Error: ")?.strip_prefix(b"Could not complete SSL handshake with ")?;
    let (client, reason) = split::first(rest, b": ").unwrap_or((rest, &[]));
    let finding = Finding::new(Kind::NegotiationFailed, address::read(client)?);
    Some(finding.hiding(Some(Private::Detail(reason))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn refused_hosts_are_told() {
        tells(
            "nagios",
            "Nov 23 02:00:01 gate nrpe[7]: Host 203.0.113.7 is not allowed to talk to us!",
            "connection-refused 203.0.113.7",
        );
        tells(
            "nagios",
            "nrpe[7]: Error: Could not complete SSL handshake with 203.0.113.7: 1",
            "negotiation-failed 203.0.113.7",
        );
        tells_nothing("nagios", &["nrpe[7]: Host a.example is not allowed to talk to us!"]);
    }
}
