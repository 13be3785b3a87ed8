//! What can happen to a service, in words that all services share.

use core::fmt;
use core::str::FromStr;

/// Declares the kinds and their names together, so that none lacks one.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// What happened. One attempt may leave several lines of different kinds, so a detector decides which of them
        /// it counts, and how much.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The name in kebab-case, for example `failed-login`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// A password or another secret was wrong.
    FailedLogin = "failed-login",
    /// A public key, host key or ticket was refused; a client with many keys is refused many times in one login.
    FailedKey = "failed-key",
    /// Login was asked for without any credential: how a client asks for the methods on offer.
    FailedNone = "failed-none",
    /// PAM refused, besides the daemon's own line about the same attempt.
    PamFailure = "pam-failure",
    /// The account does not exist.
    InvalidUser = "invalid-user",
    /// The account exists but may not log in (from there).
    UserNotAllowed = "user-not-allowed",
    /// The credentials of root were right but root may not log in.
    RootRefused = "root-refused",
    /// A connection ended after failed log-ins, which the daemon may also have told one by one.
    FailedSession = "failed-session",
    /// The daemon hung up after too many failures in one connection.
    TooManyFailures = "too-many-failures",
    /// The peer hung up in the middle of a login.
    LoginAborted = "login-aborted",
    /// The peer did not log in before the daemon's time limit.
    LoginTimeout = "login-timeout",
    /// The peer hung up before it tried to log in.
    NoLogin = "no-login",
    /// The peer connected and said nothing.
    NoIdentification = "no-identification",
    /// The peer broke the rules of the protocol, spoke another one, or was a known scanner of it.
    BadProtocol = "bad-protocol",
    /// No common algorithm was found.
    NegotiationFailed = "negotiation-failed",
    /// The connection broke on a packet that could not be read.
    BadPacket = "bad-packet",
    /// An access rule refused the connection (tcp wrappers).
    ConnectionRefused = "connection-refused",
    /// A limit on the rate or the number of connections or requests was passed.
    RateLimited = "rate-limited",
    /// The daemon punishes the address for what it did before.
    Penalised = "penalised",
    /// Mail or another connection was to be passed on to a third party, which the service does for its own only.
    RelayDenied = "relay-denied",
    /// Mail to somebody who does not exist: how addresses are guessed.
    RejectedRecipient = "rejected-recipient",
    /// Mail that a rule about its sender, its client or its content refused.
    RejectedMail = "rejected-mail",
    /// The address stands on a block list that the service asks.
    Blocklisted = "blocklisted",
    /// A page that only somebody looks for who looks for holes: `/.env`, `/cgi-bin/`, another program's log-in.
    WebProbe = "web-probe",
    /// A program made for finding or using holes, by the name it gives.
    Scanner = "scanner",
    /// A request with a single use: to break in through a known hole.
    Exploit = "exploit",
    /// An attack inside a request: traversal, SQL, script, commands.
    Injection = "injection",
    /// A request that is none: not HTTP, or broken.
    BadRequest = "bad-request",
    /// A rule set of the service (ModSecurity) refused the request.
    FilteredRequest = "filtered-request",
    /// A page was asked for without the credentials it needs. Every browser does that before it asks its user.
    Unauthorized = "unauthorized",
    /// A page was asked for that a rule of the administrator forbids.
    Forbidden = "forbidden",
    /// The server answered that the fault was the client's (4xx), and the log does not say more.
    ClientError = "client-error",
    /// A page was asked for that does not exist.
    NotFound = "not-found",
    /// A query was refused to somebody who may not ask (DNS).
    QueryRefused = "query-refused",
    /// One address tried many ports.
    PortScan = "port-scan",
    /// A firewall dropped a packet.
    PacketDropped = "packet-dropped",
    /// An intrusion detection system reported traffic.
    IdsAlert = "ids-alert",
    /// An intrusion detection system reported traffic of the highest severity.
    SevereAlert = "severe-alert",
    /// Somebody came to a service that is there to be attacked.
    Honeypot = "honeypot",
    /// Another tool blocked the address for what it did.
    BlockedElsewhere = "blocked-elsewhere",
}

/// No kind has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownKind;

impl Kind {
    /// Whether honest clients leave such lines every day, so that only their number can tell an attack.
    #[must_use]
    pub const fn is_ordinary(self) -> bool {
        matches!(self, Self::Unauthorized | Self::NotFound | Self::ClientError)
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name).ok_or(UnknownKind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown kind, expected one of")?;
        Kind::ALL.iter().try_for_each(|kind| write!(f, " {kind}"))
    }
}

impl core::error::Error for UnknownKind {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name_and_has_it_alone() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        assert_eq!("brute".parse::<Kind>(), Err(UnknownKind));
    }
}
