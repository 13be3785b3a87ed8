//! blocklistd of NetBSD and FreeBSD (blacklistd before): `blocked IP/32:PORT for N seconds`.
//!
//! Daemons report their clients to it, some of them over UDP, and which one it was is not in the line; so the address
//! is only claimed.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "blocklistd",
    programs: &["blacklistd"],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&["blocked "]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (peer, seconds) = split::between(message, b"blocked ", b" for ")?;
    let (network, port) = split::last(peer, b":")?;
    let _: u16 = text::number(port).filter(|_| seconds.ends_with(b" seconds"))?;
    let (_, address) = address::single(network).ok().filter(|(rest, _)| rest.is_empty())?;
    Some(Finding::new(Kind::BlockedElsewhere, address).claimed())
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const HOST: &str = "Nov 23 02:00:01 gate";

    #[test]
    fn a_block_of_one_address_is_told_under_both_names() {
        for program in ["blacklistd", "blocklistd"] {
            for seconds in ["-1", "86400"] {
                let line = format!("{HOST} {program}[7]: blocked 203.0.113.7/32:22 for {seconds} seconds");
                tells("blocklistd", &line, "blocked-elsewhere 203.0.113.7 claimed");
            }
        }
        let line = format!("{HOST} blocklistd[7]: blocked 2001:db8::7/128:22 for 60 seconds");
        tells("blocklistd", &line, "blocked-elsewhere 2001:db8::7 claimed");
    }

    #[test]
    fn a_network_or_a_release_is_nothing() {
        tells_nothing(
            "blocklistd",
            &[
                &format!("{HOST} blocklistd[7]: blocked 203.0.113.0/24:22 for 60 seconds"),
                &format!("{HOST} blocklistd[7]: released 203.0.113.7/32:22 after 60 seconds"),
            ],
        );
    }
}
