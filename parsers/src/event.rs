//! What one log line proves.

use core::fmt;
use core::net::IpAddr;

use crate::Service;
use crate::address::Endpoint;

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
    /// What else in the message belongs to the attacked side.
    pub others: [Option<Private<'a>>; 2],
}

/// A part of a line that names, or may name, a person or a machine of the attacked side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Private<'a> {
    /// A host name, be it the peer's: its network may be a neighbour's.
    Host(&'a [u8]),
    /// A user name.
    User(&'a [u8]),
    /// An address of the machine that was attacked, with its port if the line has it.
    LocalAddress(&'a [u8]),
    /// Text that may hold any of these: the details of a key, the hosts that it is good for, a daemon's own version.
    Detail(&'a [u8]),
}

impl<'a> Private<'a> {
    /// The bytes, wherever they stand.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        match self {
            Self::Host(bytes) | Self::User(bytes) | Self::LocalAddress(bytes) | Self::Detail(bytes) => bytes,
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

/// What happened. One attempt to log in may leave several lines of different kinds, so a detector decides which
/// of them it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// A password or another secret was wrong.
    FailedLogin,
    /// A public key, host key or ticket was refused; a client with many keys is refused many times in one login.
    FailedKey,
    /// Login was asked for without any credential: how a client asks for the methods on offer.
    FailedNone,
    /// PAM refused, besides the daemon's own line about the same attempt.
    PamFailure,
    /// The account does not exist.
    InvalidUser,
    /// The account exists but may not log in (from there).
    UserNotAllowed,
    /// The credentials of root were right but root may not log in.
    RootRefused,
    /// The daemon hung up after too many failures in one connection.
    TooManyFailures,
    /// The peer hung up in the middle of a login.
    LoginAborted,
    /// The peer did not log in before the daemon's time limit.
    LoginTimeout,
    /// The peer hung up before it tried to log in.
    NoLogin,
    /// The peer connected and said nothing.
    NoIdentification,
    /// The peer spoke something else than ssh, or was a known scanner.
    BadProtocol,
    /// No common algorithm was found.
    NegotiationFailed,
    /// The connection broke on a packet that could not be read.
    BadPacket,
    /// An access rule refused the connection (tcp wrappers).
    ConnectionRefused,
    /// The daemon had too many unauthenticated connections and dropped this one.
    Throttled,
    /// The daemon punishes the address for what it did before.
    Penalised,
}

impl Kind {
    /// The name in kebab-case, for example `failed-login`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FailedLogin => "failed-login",
            Self::FailedKey => "failed-key",
            Self::FailedNone => "failed-none",
            Self::PamFailure => "pam-failure",
            Self::InvalidUser => "invalid-user",
            Self::UserNotAllowed => "user-not-allowed",
            Self::RootRefused => "root-refused",
            Self::TooManyFailures => "too-many-failures",
            Self::LoginAborted => "login-aborted",
            Self::LoginTimeout => "login-timeout",
            Self::NoLogin => "no-login",
            Self::NoIdentification => "no-identification",
            Self::BadProtocol => "bad-protocol",
            Self::NegotiationFailed => "negotiation-failed",
            Self::BadPacket => "bad-packet",
            Self::ConnectionRefused => "connection-refused",
            Self::Throttled => "throttled",
            Self::Penalised => "penalised",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'a> Event<'a> {
    /// A proven event that happened once and names nobody.
    #[must_use]
    pub const fn new(service: Service, kind: Kind, address: IpAddr) -> Self {
        let provenance = Provenance::Proven;
        Self { service, kind, address, provenance, count: 1, user: None, port: None, others: [None; 2] }
    }

    pub(crate) fn at(service: Service, kind: Kind, peer: Endpoint) -> Self {
        Self { port: peer.port, ..Self::new(service, kind, peer.address) }
    }

    pub(crate) fn by(self, user: &'a [u8]) -> Self {
        Self { user: Some(user), ..self }
    }
}
