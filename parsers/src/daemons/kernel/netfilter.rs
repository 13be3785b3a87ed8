//! `PREFIX IN=eth0 OUT= MAC=.. SRC=IP DST=IP LEN=40 .. PROTO=TCP SPT=1 DPT=2 .. SYN URGP=0`: nf_log_syslog.c.
//!
//! Nobody outside has a say in the words, only in the numbers. The prefix is the administrator's, and says what the
//! rule did.

use crate::event::Finding;
use crate::packet::{self, Packet};
use crate::{address, split, text};

/// Words by which prefixes say that the packet went no further; EdgeOS and VyOS end theirs with a letter.
const DROPPED: [&[u8]; 9] =
    [b"drop", b"block", b"reject", b"deny", b"denied", b"discard", b"-d]", b"-r]", b"invalid"];
/// Words by which they say that it did, or may have.
const PASSED: [&[u8]; 5] = [b"allow", b"accept", b"audit", b"pass", b"-a]"];

pub(super) fn event(message: &[u8]) -> Option<Finding<'_>> {
    let at = text::find(message, b"IN=")?;
    let (_, fields) = message.split_at_checked(at).filter(|(prefix, _)| says_dropped(prefix))?;
    packet(fields)?.dropped()
}

/// Without a prefix it is the rule that logs what the next one drops.
fn says_dropped(prefix: &[u8]) -> bool {
    prefix.trim_ascii().is_empty() || holds_any(prefix, &DROPPED) && !holds_any(prefix, &PASSED)
}

fn holds_any(text: &[u8], words: &[&[u8]]) -> bool {
    let stands_at = |at: usize, word: &[u8]| {
        text.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word))
    };
    text.iter().enumerate().any(|(at, byte)| {
        let first = byte.to_ascii_lowercase();
        words.iter().any(|word| word.first() == Some(&first) && stands_at(at, word))
    })
}

/// A packet that came in. The fields have one order; those of the link layer and of IP's header stand between.
fn packet(fields: &[u8]) -> Option<Packet<'_>> {
    if fields.starts_with(b"IN= ") {
        return None;
    }
    let (source, rest) = field(fields, b" SRC=")?;
    let (destination, rest) = field(rest, b" DST=")?;
    let (protocol, rest) = field(rest, b" PROTO=")?;
    // An ICMP error tells of another packet, whose ports would come next.
    let protocol = packet::protocol(protocol)?;
    let (source_port, rest) = field(rest, b" SPT=")?;
    let (port, flags) = field(rest, b" DPT=")?;
    Some(Packet {
        source: address::read(source)?,
        destination,
        protocol,
        source_port: text::number(source_port)?,
        port: packet::port(port)?,
        is_answer: [&b" ACK "[..], b" RST "].iter().any(|flag| text::find(flags, flag).is_some()),
    })
}

/// The value behind a name, and what follows it from its space on.
fn field<'a>(text: &'a [u8], name: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (_, value) = split::first(text, name)?;
    Some(value.split_at(memchr::memchr(b' ', value).unwrap_or(value.len())))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const PACKET: &str = "IN=eth0 OUT= MAC=00:11:22:33:44:55 SRC=203.0.113.7 DST=198.51.100.1 LEN=40 TOS=0x00 PREC=0x00 TTL=244 ID=7 PROTO=TCP SPT=4711 DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0 ";
    const TOLD: &str = "packet-dropped 203.0.113.7 at 23 claimed";

    #[test]
    fn a_dropped_packet_is_told_behind_every_banner_and_prefix() {
        for prefix in [
            "",
            "[UFW BLOCK] ",
            "[UFW LIMIT BLOCK] ",
            "iptables denied: ",
            "Shorewall:net-fw:DROP:",
            "FINAL_REJECT: ",
            "reject wan in: ",
            "[WAN_LOCAL-default-D]",
        ] {
            for banner in [
                "Nov 23 02:00:01 gate kernel: ",
                "Nov 23 02:00:01 gate kernel: [12345.678901] ",
                "Nov 23 02:00:01 gate kernel: [    5.678901] ",
                "Nov 23 02:00:01 gate ulogd[7]: ",
            ] {
                tells("kernel", &format!("{banner}{prefix}{PACKET}"), TOLD);
            }
        }
        for bare in ["[12345.678901] [UFW BLOCK] ", "[Mon Nov 23 02:00:01 2026] [UFW BLOCK] "] {
            tells("kernel", &format!("{bare}{PACKET}"), TOLD);
        }
        let v6 = "IN=eth0 OUT=eth1 SRC=2001:0db8:0000:0000:0000:0000:0000:0007 DST=2001:0db8:0000:0000:0000:0000:0001:0001 LEN=60 PROTO=UDP SPT=4711 DPT=161 LEN=20";
        let line = format!("Nov 23 02:00:01 gate kernel: DROP {v6}");
        tells("kernel", &line, "packet-dropped 2001:db8::7 at 161 claimed");
    }

    #[test]
    fn late_answers_and_words_to_everybody_are_nothing() {
        let line = |packet: String| format!("Nov 23 02:00:01 gate kernel: [UFW BLOCK] {packet}");
        for (what, instead) in [
            ("SYN", "ACK FIN"),
            ("SYN", "ACK SYN"),
            ("SYN", "RST"),
            ("PROTO=TCP SPT=4711", "PROTO=UDP SPT=53"),
            ("DST=198.51.100.1", "DST=224.0.0.251"),
            ("DST=198.51.100.1", "DST=198.51.100.255"),
            ("IN=eth0 OUT=", "IN= OUT=eth0"),
            ("PROTO=TCP", "PROTO=ICMP"),
            ("SRC=203.0.113.7", "SRC=203.0.113.07"),
        ] {
            tells_nothing("kernel", &[&line(PACKET.replace(what, instead))]);
        }
    }

    #[test]
    fn a_packet_that_passed_is_nothing() {
        for prefix in ["[UFW ALLOW] ", "[UFW AUDIT] ", "ACCEPT ", "ssh: ", "[WAN_IN-10-A]"] {
            tells_nothing("kernel", &[&format!("Nov 23 02:00:01 gate kernel: {prefix}{PACKET}")]);
        }
    }
}
