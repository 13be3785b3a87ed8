//! TCP wrappers (tcpd, and the daemons that are linked with its library), and rpcbind, which asks them by itself:
//! `refused connect from IP`, `refused connect from NAME (IP)`, `connect from IP to CALL: request from unauthorized
//! host`.
//!
//! The program is the one that was to be reached, whatever its name: it may be one that is asked over UDP, as tftpd is,
//! where anybody can write any address, so the address is only claimed. Nothing else in these lines is the client's but
//! what its resolver calls it.

use core::net::IpAddr;

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "tcpd",
    programs: &["rpcbind", "portmap", "rpc.portmap", "in.telnetd", "telnetd", "in.rshd", "in.rlogind"],
    units: &["rpcbind"],
    any_program: true,
    bare: Bare::Opens(&["refused connect from ", "connect from "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    if let Some(client) = message.strip_prefix(b"refused connect from ") {
        let (name, address) = client_of(client)?;
        return Some(refused(address).hiding(name.map(Private::Host)));
    }
    let (peer, call) = split::between(message, b"connect from ", b" to ")?;
    let is_refused = call.ends_with(b": request from unauthorized host");
    Some(refused(address::read(peer).filter(|_| is_refused)?))
}

fn refused<'a>(address: IpAddr) -> Finding<'a> {
    Finding::new(Kind::ConnectionRefused, address).claimed()
}

/// `IP`, or `NAME (IP)`, where the name has no space.
fn client_of(text: &[u8]) -> Option<(Option<&[u8]>, IpAddr)> {
    if let Some(address) = address::read(text) {
        return Some((None, address));
    }
    let (name, address) = split::only(text.strip_suffix(b")")?, b" (")?;
    Some((Some(name).filter(|name| !name.contains(&b' ')), address::read(address)?))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const HOST: &str = "Nov 23 02:00:01 gate";

    #[test]
    fn a_refused_connection_to_any_program_is_told() {
        for program in ["in.telnetd", "telnetd", "mountd", "slurmd"] {
            for client in ["203.0.113.7", "::ffff:203.0.113.7", "a.example (203.0.113.7)"] {
                let line = format!("{HOST} {program}[7]: refused connect from {client}");
                tells("tcpd", &line, "connection-refused 203.0.113.7 claimed");
            }
        }
    }

    #[test]
    fn a_call_that_rpcbind_refused_is_told() {
        let line = "connect from 203.0.113.7 to getport/addr(nfs): request from unauthorized host";
        tells("tcpd", &format!("{HOST} rpcbind[7]: {line}"), "connection-refused 203.0.113.7 claimed");
        tells_nothing("tcpd", &[&format!("{HOST} rpcbind[7]: connect from 203.0.113.7 to dump()")]);
    }

    #[test]
    fn a_name_is_not_resolved_and_an_odd_address_is_not_guessed() {
        for client in ["a.example", "192.030.0.6", "a (192.0.2.1) (203.0.113.7)", "a.example (192.030.0.6)"] {
            tells_nothing("tcpd", &[&format!("{HOST} in.telnetd[7]: refused connect from {client}")]);
        }
    }
}
