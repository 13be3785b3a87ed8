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
        Kind::FailedLogin | Kind::UserNotAllowed | Kind::RootRefused | Kind::TooManyFailures => FAILED_LOGIN,
        Kind::InvalidUser | Kind::Penalised => 5,
        Kind::FailedKey | Kind::LoginAborted => 3,
        Kind::PamFailure | Kind::BadProtocol | Kind::NegotiationFailed | Kind::BadPacket => 2,
        Kind::NoLogin
        | Kind::NoIdentification
        | Kind::LoginTimeout
        | Kind::ConnectionRefused
        | Kind::Throttled => 1,
        _ => 0,
    }
}
