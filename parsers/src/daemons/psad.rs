//! psad: `scan detected: IP -> IP tcp: [N-N] ...`, `src: IP signature match: ...`, `added iptables auto-block against
//! IP`. It reads the firewall's log, so every address is a claim.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "psad",
    programs: &[],
    units: &["psad"],
    any_program: false,
    bare: Bare::Opens(&[]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let openings: [(&[u8], Kind); 4] = [
        (b"scan detected: ", Kind::PortScan),
        (b"scan detected (", Kind::PortScan),
        (b"src: ", Kind::IdsAlert),
        (b"added iptables auto-block against ", Kind::BlockedElsewhere),
    ];
    let (kind, text) = split::opening(message, &openings)?;
    let text = if message.starts_with(b"scan detected (") { split::first(text, b"): ")?.1 } else { text };
    let (address, rest) = split::word(text)?;
    let about = if kind == Kind::IdsAlert { rest.starts_with(b"signature match: ") } else { true };
    let destination = rest.strip_prefix(b"-> ").and_then(split::word).map(|(address, _)| address);
    let finding = Finding::new(kind, address::read(address).filter(|_| about)?).claimed();
    Some(finding.hiding(destination.map(Private::LocalAddress)))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn scans_signatures_and_blocks_are_told() {
        for (message, kind) in [
            (
                "scan detected: 203.0.113.7 -> 198.51.100.1 tcp: [1-1024] flags: SYN tcp pkts: 900 DL: 4",
                "port-scan",
            ),
            ("scan detected (Nmap: -sT): 203.0.113.7 -> 198.51.100.1 tcp: [22] flags: SYN", "port-scan"),
            ("src: 203.0.113.7 signature match: \"MISC x\" (sid: 7) tcp port: 3389", "ids-alert"),
            ("added iptables auto-block against 203.0.113.7 for 3600 seconds", "blocked-elsewhere"),
        ] {
            tells(
                "psad",
                &format!("Nov 23 02:00:01 gate psad: {message}"),
                &format!("{kind} 203.0.113.7 claimed"),
            );
        }
        tells_nothing(
            "psad",
            &[
                "Nov 23 02:00:01 gate psad: removed iptables auto-block against 203.0.113.7",
                "Nov 23 02:00:01 gate psad: src: 203.0.113.7 x",
            ],
        );
    }
}
