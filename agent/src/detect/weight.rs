//! How much each kind of event counts, and towards what.

use sentinel_parsers::Kind;

/// What one failed log-in counts; thresholds are in failed log-ins.
pub const FAILED_LOGIN: u32 = 10;

/// What a kind of event is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Attempts to log in, and what leads up to them.
    Login,
    /// Use of a service for what it is not there for.
    Abuse,
    /// Attacks on web applications.
    Web,
    /// Packets that nobody asked for.
    Scan,
    /// What another tool says.
    Alert,
}

/// How much an event counts, in tenths of a failed log-in.
///
/// What also happens to honest clients, such as hanging up or offering several keys, counts little, and a
/// connection without a log-in least: a monitor that looks every half minute whether the port is open must stay
/// below the default threshold. What honest clients do all day ([`Kind::is_ordinary`]) weighs nothing: only its number
/// counts, apart.
#[must_use]
pub const fn weight(kind: Kind) -> u32 {
    rule(kind).0
}

pub(super) const fn family(kind: Kind) -> Family {
    rule(kind).1
}

/// The one table: what each kind counts, and towards what.
const fn rule(kind: Kind) -> (u32, Family) {
    match kind {
        Kind::FailedLogin
        | Kind::FailedSession
        | Kind::PamFailure
        | Kind::UserNotAllowed
        | Kind::RootRefused
        | Kind::Honeypot
        | Kind::TooManyFailures => (FAILED_LOGIN, Family::Login),
        Kind::InvalidUser | Kind::Penalised => (5, Family::Login),
        Kind::FailedKey | Kind::LoginAborted => (3, Family::Login),
        Kind::BadProtocol | Kind::NegotiationFailed | Kind::BadPacket => (2, Family::Login),
        Kind::NoLogin
        | Kind::NoIdentification
        | Kind::LoginTimeout
        | Kind::ConnectionRefused
        | Kind::RateLimited => (1, Family::Login),
        Kind::RelayDenied | Kind::BlockedElsewhere => (FAILED_LOGIN, Family::Abuse),
        Kind::Blocklisted | Kind::QueryRefused => (5, Family::Abuse),
        Kind::RejectedRecipient => (3, Family::Abuse),
        Kind::RejectedMail => (2, Family::Abuse),
        Kind::Exploit => (5 * FAILED_LOGIN, Family::Web),
        Kind::Injection | Kind::FilteredRequest => (2 * FAILED_LOGIN, Family::Web),
        Kind::WebProbe | Kind::Scanner => (FAILED_LOGIN, Family::Web),
        Kind::Forbidden => (5, Family::Web),
        Kind::BadRequest => (3, Family::Web),
        Kind::Unauthorized | Kind::NotFound | Kind::ClientError => (0, Family::Web),
        Kind::PortScan => (FAILED_LOGIN, Family::Scan),
        Kind::PacketDropped => (1, Family::Scan),
        Kind::SevereAlert => (5 * FAILED_LOGIN, Family::Alert),
        Kind::IdsAlert => (FAILED_LOGIN, Family::Alert),
        _ => (0, Family::Login),
    }
}

/// Whether one event is enough, whatever the threshold.
pub(super) const fn is_instant(kind: Kind) -> bool {
    matches!(kind, Kind::SevereAlert | Kind::Exploit)
}

/// Whether an event is a whole attempt to log in, not only a sign of one.
pub(super) const fn is_attempt(kind: Kind) -> bool {
    weight(kind) >= FAILED_LOGIN
}

/// Points, by who tells of them. One attempt to log in may be told up to three times: by the daemon, by PAM, and in sum
/// at the end of the connection. Whoever tells of the most has left out the least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points {
    daemon: u32,
    pam: u32,
    in_sum: u32,
}

impl Points {
    /// These points of an event of this kind.
    #[must_use]
    pub const fn of(kind: Kind, points: u32) -> Self {
        let none = Self { daemon: 0, pam: 0, in_sum: 0 };
        match kind {
            Kind::PamFailure => Self { pam: points, ..none },
            Kind::FailedSession => Self { in_sum: points, ..none },
            _ => Self { daemon: points, ..none },
        }
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            daemon: self.daemon.saturating_add(other.daemon),
            pam: self.pam.saturating_add(other.pam),
            in_sum: self.in_sum.saturating_add(other.in_sum),
        }
    }

    /// What they come to.
    #[must_use]
    pub fn total(self) -> u32 {
        self.daemon.max(self.pam).max(self.in_sum)
    }
}
