//! What one log line proves.

use core::net::IpAddr;

use crate::address::Endpoint;
use crate::{Kind, Service};

/// Most parts of one message, besides the user, that are private.
pub(crate) const OTHERS: usize = 5;

/// One attack, or one step of it, as a log line tells it. Its slices lie in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Event<'a> {
    /// The service that was attacked.
    pub service: Service,
    /// What happened.
    pub kind: Kind,
    /// Who did it; an IPv4-mapped IPv6 address is given as IPv4.
    pub address: IpAddr,
    /// Whether the address could have been forged.
    pub provenance: Provenance,
    /// How often it happened: 1, or more when the line stands for several; at most [`MAX_COUNT`](crate::MAX_COUNT).
    pub count: u32,
    /// The account that was tried, if the line names one. Chosen by the attacker: any bytes.
    pub user: Option<&'a [u8]>,
    /// The attacker's TCP port, if the line names it.
    pub port: Option<u16>,
    /// What was looked for at the service, of which many tell a search: the path of a request, the destination port
    /// of a packet. Chosen by the attacker: any bytes.
    pub target: Option<&'a [u8]>,
    /// What else in the message belongs to the attacked side.
    pub others: [Option<Private<'a>>; OTHERS],
}

/// What a grammar finds in a message; whose message it is, the table of daemons knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finding<'a> {
    pub(crate) kind: Kind,
    pub(crate) address: IpAddr,
    pub(crate) provenance: Provenance,
    pub(crate) count: u32,
    pub(crate) user: Option<&'a [u8]>,
    pub(crate) port: Option<u16>,
    pub(crate) target: Option<&'a [u8]>,
    pub(crate) others: [Option<Private<'a>>; OTHERS],
}

/// A part of a line that names, or may name, a person or a machine of the attacked side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Private<'a> {
    /// A host name, be it the peer's: its network may be a neighbour's.
    Host(&'a [u8]),
    /// A user name, or the address of somebody's mailbox.
    User(&'a [u8]),
    /// An address of the machine that was attacked, with its port if the line has it.
    LocalAddress(&'a [u8]),
    /// The query of a request, or a part of it.
    Query(&'a [u8]),
    /// Text that may hold any of these: the details of a key, a path of the file system, a daemon's own version.
    Detail(&'a [u8]),
}

impl<'a> Private<'a> {
    /// The bytes, wherever they stand.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        match self {
            Self::Host(bytes)
            | Self::User(bytes)
            | Self::LocalAddress(bytes)
            | Self::Query(bytes)
            | Self::Detail(bytes) => bytes,
        }
    }
}

/// How far an address can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provenance {
    /// A TCP session stood behind the line: the address answered.
    Proven,
    /// A single packet would do: anybody can have sent it in the address's name.
    Claimed,
}

impl<'a> Finding<'a> {
    /// A proven event that happened once and names nobody.
    pub(crate) const fn new(kind: Kind, address: IpAddr) -> Self {
        let provenance = Provenance::Proven;
        let (user, port, target) = (None, None, None);
        Self { kind, address, provenance, count: 1, user, port, target, others: [None; OTHERS] }
    }

    pub(crate) const fn at(kind: Kind, peer: Endpoint) -> Self {
        Self { port: peer.port, ..Self::new(kind, peer.address) }
    }

    pub(crate) const fn by(self, user: &'a [u8]) -> Self {
        Self { user: Some(user), ..self }
    }

    /// What was looked for, where many tell a search.
    pub(crate) const fn looking_for(self, target: &'a [u8]) -> Self {
        Self { target: Some(target), ..self }
    }

    /// The address may be forged: a single packet wrote the line, or somebody else's word did. Its port belongs to no
    /// connection.
    pub(crate) const fn claimed(self) -> Self {
        Self { provenance: Provenance::Claimed, port: None, ..self }
    }

    /// Adds a part that is private, if the message has it. Empty ones need no hiding.
    pub(crate) fn hiding(mut self, part: Option<Private<'a>>) -> Self {
        let part = part.filter(|part| !part.bytes().is_empty());
        if let (Some(part), Some(free)) = (part, self.others.iter_mut().find(|other| other.is_none())) {
            *free = Some(part);
        }
        self
    }

    /// The event, `times` over.
    pub(crate) fn of(self, service: Service, times: u32) -> Event<'a> {
        let Self { kind, address, provenance, count, user, port, target, others } = self;
        let count = count.saturating_mul(times).clamp(1, crate::MAX_COUNT);
        Event { service, kind, address, provenance, count, user, port, target, others }
    }
}
