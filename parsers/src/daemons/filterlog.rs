//! pf's log as pfSense and OPNsense write it, CSV:
//! <https://docs.netgate.com/pfsense/en/latest/monitoring/logs/raw-filter-format.html>.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::{Finding, Private};
use crate::packet::{self, Packet};
use crate::{address, text};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "filterlog",
    programs: &[],
    units: &[],
    any_program: false,
    bare: Bare::Opens(&[]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let mut fields = message.split(|&byte| byte == b',');
    let interface = fields.nth(4)?;
    let (_reason, action, direction, version) =
        (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    if !matches!(action, b"block" | b"reject") || direction != b"in" {
        return None;
    }
    // Of both versions the protocol's name, then from the length on the same.
    let protocol = match version {
        b"4" => fields.nth(7)?,
        b"6" => {
            let name = fields.nth(3)?;
            fields.next()?;
            name
        }
        _ => return None,
    };
    let (_length, source, destination) = (fields.next()?, fields.next()?, fields.next()?);
    let (source_port, port) = (text::number(fields.next()?)?, packet::port(fields.next()?)?);
    let flags = fields.nth(1).unwrap_or_default();
    let packet = Packet {
        source: address::read(source)?,
        destination,
        protocol: packet::protocol(protocol)?,
        source_port,
        port,
        is_answer: flags.iter().any(|flag| b"AR".contains(flag)),
    };
    Some(packet.dropped()?.hiding(Some(Private::Detail(interface))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    const TCP: &str = "5,,,1000000103,igb0,match,block,in,4,0x0,,244,7,0,none,6,tcp,40,203.0.113.7,198.51.100.1,4711,23,0,S,1234567890,,1024,,";
    const TCP6: &str = "5,,,1000000105,igb0,match,block,in,6,0x00,0x00000,244,TCP,6,20,2001:db8::7,2001:db8:1::1,4711,23,0,S,1234567890,,1024,,";
    const UDP: &str = "5,,,1000000103,igb0,match,block,in,4,0x0,,244,7,0,none,17,udp,68,203.0.113.7,198.51.100.1,4711,161,48";

    #[test]
    fn a_dropped_packet_is_told_behind_the_banners_of_both_firewalls() {
        for banner in [
            "Nov 23 02:00:01 gate filterlog[7]: ",
            "Nov 23 02:00:01 filterlog: ",
            "<134>1 2026-11-23T02:00:01+00:00 gate filterlog 7 - [meta sequenceId=\"1\"] ",
        ] {
            for (packet, told) in [
                (TCP, "packet-dropped 203.0.113.7 at 23 claimed"),
                (TCP6, "packet-dropped 2001:db8::7 at 23 claimed"),
                (UDP, "packet-dropped 203.0.113.7 at 161 claimed"),
            ] {
                tells("filterlog", &format!("{banner}{packet}"), told);
            }
        }
    }

    #[test]
    fn what_passed_went_out_or_came_late_is_nothing() {
        for (what, instead) in [
            (",block,", ",pass,"),
            (",in,", ",out,"),
            (",S,", ",SA,"),
            (",S,", ",RA,"),
            (",6,tcp,", ",1,icmp,"),
            ("203.0.113.7", "203.0.113.007"),
        ] {
            tells_nothing(
                "filterlog",
                &[&format!("Nov 23 02:00:01 gate filterlog[7]: {}", TCP.replace(what, instead))],
            );
        }
    }
}
