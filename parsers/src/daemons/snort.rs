//! Alerts of Snort and Suricata in one line (alert_fast, alert_syslog, fast.log):
//! `[**] [1:2001:3] MESSAGE [**] [Classification: C] [Priority: 1] {TCP} IP:PORT -> IP:PORT`.
//!
//! The words are the rules', the addresses are the last of the line. It does not say whether a connection stood
//! behind the packet, so the address is a claim.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::{Kind, address, packet, split, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "snort",
    programs: &["snort3", "barnyard2"],
    units: &["snort", "snort3"],
    any_program: false,
    bare: Bare::Opens(&["[**] [", "[Drop] [**] [", "[wDrop] [**] ["]),
    grammar: Grammar::Message(event),
};

pub(crate) fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text =
        message.strip_prefix(b"[Drop] ").or_else(|| message.strip_prefix(b"[wDrop] ")).unwrap_or(message);
    let text = text.strip_prefix(b"[**] ").unwrap_or(text);
    let (id, text) = split::between(text, b"[", b"] ")?;
    if !id.iter().all(|byte| byte.is_ascii_digit() || *byte == b':') {
        return None;
    }
    let (about, packet) = split::last(text, b" {")?;
    let (protocol, ends) = split::first(packet, b"} ")?;
    let (source, destination) = split::first(ends, b" -> ")?;
    let kind = match split::last(about.strip_suffix(b":").unwrap_or(about), b"[Priority: ")?.1 {
        b"1]" => Kind::SevereAlert,
        _ => Kind::IdsAlert,
    };
    let source = address::peer(source)?;
    let (local, port) = match split::last(destination, b":") {
        Some((local, port)) if address::read(destination).is_none() => (local, Some(packet::port(port)?)),
        _ => (destination, None),
    };
    // What a server says is told of as well, and the server is not who attacks.
    let is_high = |port: &[u8]| text::number::<u16>(port).is_some_and(|port| port >= 1024);
    if source.port.is_some_and(|port| port < 1024) && port.is_some_and(is_high) {
        return None;
    }
    let target = port.and_then(|port| packet::target(protocol, port));
    let finding = Finding { target, ..Finding::new(kind, source.address).claimed() };
    Some(finding.hiding(Some(Private::LocalAddress(local))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const ALERT: &str = "[1:2001:3] ET SCAN from 192.0.2.9 -> 192.0.2.8 [**] [Classification: Attempted Recon] [Priority: 2] {TCP} 203.0.113.7:4711 -> 198.51.100.1:22";

    #[test]
    fn an_alert_accuses_the_source_of_the_packet() {
        let told = "ids-alert 203.0.113.7 at 22 claimed";
        tells("snort", &format!("11/23-02:00:01.123456  [**] {ALERT}"), told);
        tells("snort", &format!("11/23/2026-02:00:01.123456  [**] {ALERT}"), told);
        tells("snort", &format!("11/23/2026-02:00:01.123456  [Drop] [**] {ALERT}"), told);
        let syslog = ALERT.replace(" [**]", "");
        tells("snort", &format!("Nov 23 02:00:01 gate snort[7]: {syslog}"), told);
        tells(
            "snort",
            &format!("Nov 23 02:00:01 gate snort[7]: {}", syslog.replace("Priority: 2", "Priority: 1")),
            "severe-alert 203.0.113.7 at 22 claimed",
        );
        let ping =
            ALERT.replace("{TCP} 203.0.113.7:4711 -> 198.51.100.1:22", "{ICMP} 203.0.113.7 -> 198.51.100.1");
        tells("snort", &format!("11/23-02:00:01.123456  [**] {ping}"), "ids-alert 203.0.113.7 claimed");
    }

    #[test]
    fn a_server_that_answers_is_not_accused() {
        let answer =
            ALERT.replace("203.0.113.7:4711 -> 198.51.100.1:22", "198.51.100.1:80 -> 203.0.113.7:4711");
        tells_nothing(
            "snort",
            &[
                &format!("11/23-02:00:01.123456  [**] {answer}"),
                "Nov 23 02:00:01 gate snort[7]: Commencing packet processing (pid=7)",
            ],
        );
    }
}
