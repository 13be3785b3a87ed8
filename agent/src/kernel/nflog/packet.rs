//! A logged packet, and the line that the kernel's own log would hold of it. Pure.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// IPv6 extension headers that are passed over: hop-by-hop, routing, destination options.
const EXTENSIONS: [u8; 3] = [0, 43, 60];
/// Extension headers that are passed over at most.
const MAX_EXTENSIONS: usize = 8;

const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP: u8 = 1;
const ICMPV6: u8 = 58;

/// The flags of a TCP header as the kernel's log names them, beginning with the lowest bit.
const TCP_FLAGS: [&str; 8] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];

/// A packet that a rule logged. Anybody can have sent it in the name of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// When, in Unix seconds, where the kernel says so.
    pub at: Option<i64>,
    /// The words of the rule that logged it.
    pub prefix: String,
    /// The interface that it came in by; empty for packets of this machine.
    pub inbound: String,
    /// The interface that it was to leave by; empty for packets to this machine.
    pub outbound: String,
    /// Who it says it is from.
    pub source: IpAddr,
    /// Who it is for.
    pub destination: IpAddr,
    /// The length that its header says, in bytes.
    pub length: u16,
    /// How many hops it may go on.
    pub hops: u8,
    /// What it carries.
    pub transport: Transport,
}

/// The part of a packet behind its IP headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A segment of TCP.
    Tcp {
        /// Where from.
        source: u16,
        /// Where to.
        destination: u16,
        /// The flags, FIN lowest.
        flags: u8,
    },
    /// A datagram of UDP.
    Udp {
        /// Where from.
        source: u16,
        /// Where to.
        destination: u16,
    },
    /// A message of ICMP or ICMPv6.
    Icmp {
        /// Its type.
        kind: u8,
        /// Its code.
        code: u8,
    },
    /// Anything else, a later fragment among it, by its protocol number.
    Other(u8),
}

impl Packet {
    /// Reads a packet from its IP header on. `None` when that is not whole.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        match bytes.first()? >> 4 {
            4 => Self::parse_v4(bytes),
            6 => Self::parse_v6(bytes),
            _ => None,
        }
    }

    fn parse_v4(bytes: &[u8]) -> Option<Self> {
        let header: [u8; 20] = *bytes.first_chunk()?;
        let is_later_fragment = u16::from_be_bytes([header[6], header[7]]) & 0x1fff != 0;
        let rest = bytes.get(usize::from(header[0] & 0xf) * 4..).unwrap_or_default();
        let source: [u8; 4] = *bytes.get(12..)?.first_chunk()?;
        let destination: [u8; 4] = *bytes.get(16..)?.first_chunk()?;
        Some(Self::new(
            (Ipv4Addr::from(source).into(), Ipv4Addr::from(destination).into()),
            u16::from_be_bytes([header[2], header[3]]),
            header[8],
            Transport::parse(header[9], if is_later_fragment { &[] } else { rest }),
        ))
    }

    fn parse_v6(bytes: &[u8]) -> Option<Self> {
        let header: [u8; 40] = *bytes.first_chunk()?;
        let source: [u8; 16] = *bytes.get(8..)?.first_chunk()?;
        let destination: [u8; 16] = *bytes.get(24..)?.first_chunk()?;
        let (mut protocol, mut rest) = (header[6], &bytes[40..]);
        for _ in 0..MAX_EXTENSIONS {
            let (true, [next, length, ..]) = (EXTENSIONS.contains(&protocol), rest) else { break };
            protocol = *next;
            rest = rest.get((usize::from(*length) + 1) * 8..).unwrap_or_default();
        }
        Some(Self::new(
            (Ipv6Addr::from(source).into(), Ipv6Addr::from(destination).into()),
            u16::from_be_bytes([header[4], header[5]]).saturating_add(40),
            header[7],
            Transport::parse(protocol, rest),
        ))
    }

    fn new((source, destination): (IpAddr, IpAddr), length: u16, hops: u8, transport: Transport) -> Self {
        let nothing = String::new();
        let (prefix, inbound, outbound) = (nothing.clone(), nothing.clone(), nothing);
        Self { at: None, prefix, inbound, outbound, source, destination, length, hops, transport }
    }
}

impl Transport {
    fn parse(protocol: u8, bytes: &[u8]) -> Self {
        match (protocol, bytes) {
            (TCP, [s0, s1, d0, d1, _, _, _, _, _, _, _, _, _, flags, ..]) => Self::Tcp {
                source: u16::from_be_bytes([*s0, *s1]),
                destination: u16::from_be_bytes([*d0, *d1]),
                flags: *flags,
            },
            (UDP, [s0, s1, d0, d1, ..]) => Self::Udp {
                source: u16::from_be_bytes([*s0, *s1]),
                destination: u16::from_be_bytes([*d0, *d1]),
            },
            (ICMP | ICMPV6, [kind, code, ..]) => Self::Icmp { kind: *kind, code: *code },
            _ => Self::Other(protocol),
        }
    }
}

/// The same as the kernel's own log writes it (`nf_log_syslog`).
impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prefix, inbound, outbound, source, destination, length, hops, transport, .. } = self;
        write!(f, "{prefix}IN={inbound} OUT={outbound} ")?;
        match (source, destination) {
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                write!(
                    f,
                    "SRC={} DST={} LEN={length} TC=0 HOPLIMIT={hops} FLOWLBL=0 ",
                    Whole(source),
                    Whole(destination)
                )?;
            }
            _ => {
                write!(f, "SRC={source} DST={destination} LEN={length} TOS=0x00 PREC=0x00 TTL={hops} ID=0 ")?
            }
        }
        match transport {
            Transport::Tcp { source, destination, flags } => {
                write!(f, "PROTO=TCP SPT={source} DPT={destination} WINDOW=0 RES=0x00 ")?;
                for (bit, name) in TCP_FLAGS.iter().enumerate().rev() {
                    if flags & (1 << bit) != 0 {
                        write!(f, "{name} ")?;
                    }
                }
                write!(f, "URGP=0")
            }
            Transport::Udp { source, destination } => {
                write!(f, "PROTO=UDP SPT={source} DPT={destination} LEN=0")
            }
            Transport::Icmp { kind, code } => {
                let protocol = if self.source.is_ipv4() { "ICMP" } else { "ICMPv6" };
                write!(f, "PROTO={protocol} TYPE={kind} CODE={code}")
            }
            Transport::Other(number) => write!(f, "PROTO={number}"),
        }
    }
}

/// An IPv6 address with all its digits, as the kernel logs it.
struct Whole<'a>(&'a Ipv6Addr);

impl fmt::Display for Whole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, segment) in self.0.segments().iter().enumerate() {
            write!(f, "{}{segment:04x}", if place == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A SYN from 203.0.113.7 port 4711 to 198.51.100.1 port 22.
    const SYN: [u8; 40] = [
        0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 203, 0, 113, 7, 198, 51, 100, 1, // IP
        0x12, 0x67, 0, 22, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x02, 0, 0, 0, 0, 0, 0, // TCP
    ];

    #[test]
    fn a_packet_reads_as_in_the_kernels_own_log() {
        let packet =
            Packet { prefix: "drop: ".into(), inbound: "eth0".into(), ..Packet::parse(&SYN).unwrap() };
        assert_eq!(
            packet.to_string(),
            "drop: IN=eth0 OUT= SRC=203.0.113.7 DST=198.51.100.1 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=0 \
             PROTO=TCP SPT=4711 DPT=22 WINDOW=0 RES=0x00 SYN URGP=0"
        );
    }

    #[test]
    fn the_ports_of_a_later_fragment_are_not_made_up() {
        let mut fragment = SYN;
        fragment[7] = 1;
        assert_eq!(Packet::parse(&fragment).unwrap().transport, Transport::Other(TCP));
    }

    #[test]
    fn ports_are_found_behind_the_extension_headers_of_ipv6() {
        let mut bytes = vec![0x60, 0, 0, 0, 0, 16, 0, 64];
        bytes.extend("2001:db8::7".parse::<Ipv6Addr>().unwrap().octets());
        bytes.extend("2001:db8::1".parse::<Ipv6Addr>().unwrap().octets());
        bytes.extend([UDP, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([0x12, 0x67, 0, 53, 0, 8, 0, 0]);
        let text = Packet::parse(&bytes).unwrap().to_string();
        assert!(text.contains("SRC=2001:0db8:0000:0000:0000:0000:0000:0007 "), "{text}");
        assert!(text.contains("PROTO=UDP SPT=4711 DPT=53"), "{text}");
    }

    #[test]
    fn a_packet_that_is_cut_off_anywhere_harms_nobody() {
        for length in 0..SYN.len() {
            let packet = Packet::parse(&SYN[..length]);
            assert_eq!(packet.is_some(), length >= 20, "{length}");
        }
        assert_eq!(Packet::parse(&[0xff; 64]), None);
    }
}
