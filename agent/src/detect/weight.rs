//! How much each kind of event counts.

use sentinel_parsers::Kind;

/// What one failed log-in counts; thresholds are in failed log-ins.
pub const FAILED_LOGIN: u32 = 10;

/// How much an event counts, in tenths of a failed log-in.
///
/// What also happens to honest clients, such as hanging up or offering several keys, counts little; what only scanners
/// do counts in full. PAM's own line about a wrong password (2) names no port, so that it cannot be told to belong to
/// the `Failed password` (10) that follows: with both, five attempts reach a threshold of five and four do not.
#[must_use]
pub fn weight(kind: Kind) -> u32 {
    match kind {
        Kind::FailedLogin
        | Kind::UserNotAllowed
        | Kind::RootRefused
        | Kind::TooManyFailures
        | Kind::BadProtocol => FAILED_LOGIN,
        Kind::InvalidUser | Kind::NegotiationFailed | Kind::BadPacket | Kind::Penalised => 5,
        Kind::FailedKey
        | Kind::LoginAborted
        | Kind::LoginTimeout
        | Kind::NoLogin
        | Kind::NoIdentification => 3,
        Kind::PamFailure => 2,
        Kind::ConnectionRefused | Kind::Throttled => 1,
        _ => 0,
    }
}
