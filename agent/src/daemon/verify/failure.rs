//! Why a post came to nothing, and whether it is tried again.

use crate::{
    fetch::{AttemptError, Claim, FailedAttempt, FetchError},
    record::PeerFailure,
    trust::Dispute,
};

/// A post that came to nothing.
pub(super) struct Failure {
    pub(super) error: String,
    pub(super) fault: Fault,
    /// Why the post is to be disputed, if it is.
    pub(super) dispute: Option<Dispute>,
}

/// Whose fault it is that a post came to nothing.
#[derive(Clone, Copy)]
pub(super) enum Fault {
    /// The log's own: it will never prove anything.
    Log,
    /// That of its server, or of the way there: it gets another chance.
    Way,
    /// This agent's own kernel or disk, or that it asked nobody at all: it costs the post no chance.
    Own,
    /// That of the ledger's endpoints, which do not prove the post or do not agree on its reporter: neither does it then.
    Ledger,
}

impl Fault {
    /// How many more times the post is tried that had so many chances.
    pub(super) fn tries_left(self, chances: u32) -> u32 {
        match self {
            Self::Log => 0,
            Self::Way => chances.saturating_sub(1),
            Self::Own | Self::Ledger => chances,
        }
    }
}

impl Failure {
    pub(super) fn new(fault: Fault, error: impl ToString) -> Self {
        Self { error: error.to_string(), fault, dispute: None }
    }

    /// Whose word does not count gets no second chance with a server that does not answer.
    pub(super) fn of_newcomer(self) -> Self {
        let fault = if let Fault::Way = self.fault { Fault::Log } else { self.fault };
        Self { fault, ..self }
    }
}

/// Whose fault it is that no place gave the log. What is hopeless at one place is not at another, which may be known
/// tomorrow; only when the reporter's own server has more than a log may have, no log can have that hash.
pub(super) fn unfetched(error: &FetchError) -> Fault {
    let is_too_large = |attempt: &FailedAttempt| {
        attempt.claim == Claim::Own && matches!(attempt.error, AttemptError::TooLarge(_))
    };
    if error.attempts.iter().any(is_too_large) {
        Fault::Log
    } else if error.attempts.iter().any(|attempt| attempt.error.was_asked()) {
        Fault::Way
    } else {
        Fault::Own
    }
}

/// The failure of a peer, where it was asked and it is known whose server it was.
pub(super) fn blamed(attempt: &FailedAttempt) -> Option<PeerFailure> {
    let FailedAttempt { url, peer, error, at, .. } = attempt;
    if !error.was_asked() {
        return None;
    }
    Some(PeerFailure { peer: (*peer)?, url: url.clone(), error: error.to_string(), at: *at })
}
