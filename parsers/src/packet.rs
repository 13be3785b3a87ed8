//! Packets that a firewall dropped.
//!
//! Firewalls drop much that nobody sent on purpose: the late answers of servers that the connection's end has
//! forgotten, and what devices say to everybody. Only a packet that would have opened something tells of its sender,
//! and even then the address is a claim.

use core::net::IpAddr;

use crate::event::{Finding, Private};
use crate::{Kind, address, text};

/// UDP ports of services whose answers come late: DNS, DHCP, NTP, QUIC.
const ANSWERING: [u16; 5] = [53, 67, 123, 443, 547];

/// A protocol with ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
}

/// A packet with ports. What the log does not tell stays as it is when the packet opens a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packet<'a> {
    pub(crate) source: IpAddr,
    /// The address of the attacked side, as written.
    pub(crate) destination: &'a [u8],
    pub(crate) protocol: Protocol,
    pub(crate) source_port: u16,
    /// The port it was for, as written.
    pub(crate) port: &'a [u8],
    /// Whether TCP's flags say that it belongs to a connection: ACK or RST.
    pub(crate) is_answer: bool,
}

impl<'a> Packet<'a> {
    /// The event that a firewall's drop of it is.
    pub(crate) fn dropped(self) -> Option<Finding<'a>> {
        let is_late = match self.protocol {
            Protocol::Tcp => self.is_answer,
            Protocol::Udp => ANSWERING.contains(&self.source_port),
        };
        (!is_late && is_one_host(self.destination)).then(|| self.seen(Kind::PacketDropped))
    }

    /// It, as an event of this kind.
    pub(crate) fn seen(self, kind: Kind) -> Finding<'a> {
        let destination = Some(Private::LocalAddress(self.destination));
        Finding::new(kind, self.source).claimed().looking_for(self.port).hiding(destination)
    }
}

/// `TCP` or `udp`.
pub(crate) fn protocol(name: &[u8]) -> Option<Protocol> {
    match name {
        _ if name.eq_ignore_ascii_case(b"tcp") || name == b"6" => Some(Protocol::Tcp),
        _ if name.eq_ignore_ascii_case(b"udp") || name == b"17" => Some(Protocol::Udp),
        _ => None,
    }
}

/// The port that a packet of this protocol was for, if the protocol has ports.
pub(crate) fn target<'a>(name: &[u8], port: &'a [u8]) -> Option<&'a [u8]> {
    protocol(name).and(self::port(port))
}

/// A port, as written.
pub(crate) fn port(digits: &[u8]) -> Option<&[u8]> {
    text::number::<u16>(digits).map(|_| digits)
}

/// Neither a group nor everybody. A name in the place of an address is one host.
fn is_one_host(destination: &[u8]) -> bool {
    match address::read(destination) {
        Some(IpAddr::V4(address)) => !address.is_multicast() && address.octets()[3] != 255,
        Some(IpAddr::V6(address)) => !address.is_multicast(),
        None => true,
    }
}
