//! What SSHGuard tells of the addresses it counts and blocks: `Attack from "IP" on service NAME with danger N.` and
//! `Blocking "IP/32" for N secs (...)`.
//!
//! What it read is not in the line, and may have been a forged packet; so the address is only claimed.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "sshguard",
    programs: &[],
    units: &["sshguard"],
    any_program: false,
    bare: Bare::Opens(&["Blocking \""]),
    grammar: Grammar::Message(event),
};

/// Attacks are counted where they were, so only the block is an event.
fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (network, rest) = split::between(message, b"Blocking \"", b"\" for ")?;
    let (seconds, _) = split::first(rest, b" secs (")?;
    let is_number = !seconds.is_empty() && seconds.iter().all(u8::is_ascii_digit);
    let single =
        || address::single(network).ok().filter(|(rest, _)| rest.is_empty()).map(|(_, address)| address);
    let address = address::read(network).or_else(single).filter(|_| is_number)?;
    Some(Finding::new(Kind::BlockedElsewhere, address).claimed())
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const BLOCKING: &str = "Nov 23 02:00:01 gate sshguard[7]: Blocking";
    const WHY: &str = "for 120 secs (3 attacks in 2 secs, after 1 abuses over 2 secs.)";

    #[test]
    fn a_block_of_one_address_is_told() {
        for network in ["203.0.113.7/32", "203.0.113.7"] {
            let line = format!("{BLOCKING} \"{network}\" {WHY}");
            tells("sshguard", &line, "blocked-elsewhere 203.0.113.7 claimed");
        }
        let line = format!("{BLOCKING} \"2001:db8::7/128\" {WHY}");
        tells("sshguard", &line, "blocked-elsewhere 2001:db8::7 claimed");
    }

    #[test]
    fn a_block_of_a_network_and_an_attack_that_was_only_counted_are_nothing() {
        let counted =
            "Nov 23 02:00:01 gate sshguard[7]: Attack from \"203.0.113.7\" on service SSH with danger 10.";
        tells_nothing("sshguard", &[&format!("{BLOCKING} \"203.0.113.0/24\" {WHY}"), counted]);
    }
}
