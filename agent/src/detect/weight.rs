//! How much each kind of event counts.

use sentinel_parsers::Kind;

/// What one failed log-in counts; thresholds are in failed log-ins.
pub const FAILED_LOGIN: u32 = 10;

/// How much an event counts, in tenths of a failed log-in.
///
/// What also happens to honest clients, such as hanging up or offering several keys, counts little, and a
/// connection without a log-in least: a monitor that looks every half minute whether the port is open must stay
/// below the default threshold. PAM's own line about a wrong password (2) names no port, so that it cannot be told to
/// belong to the `Failed password` (10) that follows: with both, five attempts reach a threshold of five and four
/// do not.
#[must_use]
pub fn weight(kind: Kind) -> u32 {
    match kind {
        Kind::SevereAlert => 5 * FAILED_LOGIN,
        Kind::Injection | Kind::FilteredRequest => 2 * FAILED_LOGIN,
        Kind::FailedLogin
        | Kind::UserNotAllowed
        | Kind::RootRefused
        | Kind::TooManyFailures
        | Kind::RelayDenied
        | Kind::WebProbe
        | Kind::Scanner
        | Kind::IdsAlert
        | Kind::PortScan
        | Kind::BlockedElsewhere => FAILED_LOGIN,
        Kind::InvalidUser
        | Kind::Penalised
        | Kind::RejectedRecipient
        | Kind::Blocklisted
        | Kind::QueryRefused
        | Kind::Forbidden => 5,
        Kind::FailedKey | Kind::LoginAborted | Kind::RejectedMail | Kind::BadRequest => 3,
        Kind::PamFailure | Kind::BadProtocol | Kind::NegotiationFailed | Kind::BadPacket => 2,
        Kind::NoLogin
        | Kind::NoIdentification
        | Kind::LoginTimeout
        | Kind::ConnectionRefused
        | Kind::RateLimited
        | Kind::PacketDropped
        | Kind::Unauthorized
        | Kind::NotFound
        | Kind::ClientError => 1,
        _ => 0,
    }
}
