//! PortSentry 1 and 2: `attackalert: KIND from host: NAME/IP to TCP port: N` in syslog, and
//! `Host: NAME/IP Port: N TCP Blocked` in its files.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, packet, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "portsentry",
    programs: &[],
    units: &["portsentry"],
    any_program: false,
    bare: Bare::Opens(&["Host: ", "attackalert: ", "Scan from: ["]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    blocked(message).or_else(|| alert(message)).or_else(|| scan(message))
}

/// A name is the peer's own, but it ends at the first slash.
fn host(text: &[u8]) -> Option<Finding<'_>> {
    let (name, address) = split::first(text, b"/")?;
    Some(Finding::new(Kind::PortScan, address::read(address)?).claimed().hiding(Some(Private::Host(name))))
}

fn blocked(message: &[u8]) -> Option<Finding<'_>> {
    let (who, rest) = split::between(message, b"Host: ", b" Port: ")?;
    let (port, rest) = split::word(rest)?;
    let (protocol, rest) = split::word(rest)?;
    let target = packet::target(protocol, port)?;
    (rest == b"Blocked").then_some(host(who)?.looking_for(target))
}

/// A connection that was accepted is proven; the stealth modes look at packets.
fn alert(message: &[u8]) -> Option<Finding<'_>> {
    let text = message.strip_prefix(b"attackalert: ")?;
    let (_, text) = split::first(text, b" from host: ")?;
    let (who, text) = split::first(text, b" to ")?;
    let (protocol, port) = split::first(text, b" port: ")?;
    let (port, _) = split::word(port)?;
    let target = packet::target(protocol, port)?;
    Some(host(who)?.looking_for(target))
}

/// `Scan from: [IP] (NAME) protocol: [TCP] port: [N] ...` (2.0).
fn scan(message: &[u8]) -> Option<Finding<'_>> {
    let (address, text) = split::between(message, b"Scan from: [", b"] (")?;
    let (name, text) = split::first(text, b") protocol: [")?;
    let (protocol, text) = split::first(text, b"] port: [")?;
    let (port, _) = split::first(text, b"]")?;
    let target = packet::target(protocol, port)?;
    let finding = Finding::new(Kind::PortScan, address::read(address)?).claimed();
    Some(finding.looking_for(target).hiding(Some(Private::Host(name))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn a_scan_is_told_in_the_wordings_of_all_versions() {
        let told = "port-scan 203.0.113.7 at 111 claimed";
        tells(
            "portsentry",
            "1795399201 - 11/23/2026 02:00:01 Host: a.example/203.0.113.7 Port: 111 TCP Blocked",
            told,
        );
        for what in ["TCP SYN/Normal scan", "Connect"] {
            let line = format!(
                "Nov 23 02:00:01 gate portsentry[7]: attackalert: {what} from host: 203.0.113.7/203.0.113.7 to TCP port: 111"
            );
            tells("portsentry", &line, told);
        }
        tells(
            "portsentry",
            "2026-11-23T02:00:01 Scan from: [203.0.113.7] (a.example) protocol: [TCP] port: [111] type: [Connect]",
            told,
        );
    }

    #[test]
    fn what_portsentry_says_of_itself_is_nothing() {
        let banner = "Nov 23 02:00:01 gate portsentry[7]:";
        tells_nothing(
            "portsentry",
            &[
                &format!("{banner} attackalert: Host 203.0.113.7 has been blocked via wrappers"),
                &format!("{banner} adminalert: PortSentry is now active and listening."),
                &format!("{banner} attackalert: Connect from host: a.example/a.example to TCP port: 111"),
            ],
        );
    }
}
