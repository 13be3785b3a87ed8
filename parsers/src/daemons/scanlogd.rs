//! scanlogd: `IP[:PORT] to IP[ and others] ports N, N, ..., FLAGS, TOS N[, TTL N] @HH:MM:SS`. It watches single
//! packets.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "scanlogd",
    programs: &[],
    units: &["scanlogd"],
    any_program: false,
    bare: Bare::Opens(&[]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (source, rest) = split::first(message.strip_prefix(b"From ").unwrap_or(message), b" to ")?;
    let (destination, _ports) = split::first(rest, b" ports ")?;
    let address = address::read(source).or_else(|| Some(address::joined(source)?.address))?;
    let (destination, _) = split::word(destination)?;
    let finding = Finding::new(Kind::PortScan, address).claimed();
    Some(finding.hiding(Some(Private::LocalAddress(destination))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_scan_accuses_who_sent_the_packets_and_only_claims_it() {
        let banner = "Nov 23 02:00:01 gate scanlogd:";
        for source in ["203.0.113.7", "203.0.113.7:4711"] {
            tells(
                "scanlogd",
                &format!(
                    "{banner} {source} to 198.51.100.1 and others ports 21, 22, 23, ..., fSrpauxy, TOS 00 @02:00:01"
                ),
                "port-scan 203.0.113.7 claimed",
            );
        }
        tells_nothing("scanlogd", &[&format!("{banner} More possible port scans follow")]);
    }
}
