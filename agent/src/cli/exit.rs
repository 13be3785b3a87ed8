//! Exit codes, and how an error becomes one.

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

use super::output::printable;
use crate::{
    config::ConfigError,
    control::{AskError, Failure, FailureKind},
    evidence::VerifyError,
    fetch::{AttemptError, FetchError},
    kernel::KernelError,
    ledger::LedgerError,
    told::told,
};

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It worked.
    Ok = 0,
    /// It did not, for none of the reasons below.
    Failed = 1,
    /// The command line, with which clap ends it, or the configuration makes no sense.
    Usage = 2,
    /// The daemon is not running.
    NotRunning = 3,
    /// There is no such thing; for an address: it is not blocked.
    NotFound = 4,
    /// This user may not do that.
    Permission = 5,
    /// A log is not what it should be.
    Verification = 7,
    /// A peer or the ledger cannot be reached.
    Unreachable = 8,
    /// The guard refused.
    Guard = 9,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// What the outermost cause with a code of its own asks for.
    fn of(error: &anyhow::Error) -> Self {
        error.chain().find_map(Self::of_cause).unwrap_or(Self::Failed)
    }

    fn of_cause(cause: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(error) = cause.downcast_ref::<AskError>() {
            return match error {
                AskError::NotRunning { .. } => Some(Self::NotRunning),
                AskError::Permission { .. } => Some(Self::Permission),
                AskError::Io { .. } | AskError::Malformed(_) => None,
            };
        }
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return Some(match failure.kind {
                FailureKind::Failed => Self::Failed,
                FailureKind::NotFound => Self::NotFound,
                FailureKind::Verification => Self::Verification,
                FailureKind::Unreachable => Self::Unreachable,
                FailureKind::Guard => Self::Guard,
            });
        }
        if let Some(error) = cause.downcast_ref::<LedgerError>() {
            use LedgerError::{InsufficientFunds, Refused, TooSoon};
            let was_reached = matches!(error, Refused { .. } | InsufficientFunds { .. } | TooSoon { .. });
            return Some(if was_reached { Self::Failed } else { Self::Unreachable });
        }
        if let Some(error) = cause.downcast_ref::<ConfigError>() {
            // Why it cannot be read is for the system to say.
            return (!matches!(error, ConfigError::Read { .. } | ConfigError::Credential(_)))
                .then_some(Self::Usage);
        }
        if cause.is::<VerifyError>() {
            return Some(Self::Verification);
        }
        if let Some(FetchError { attempts, .. }) = cause.downcast_ref() {
            return attempts.last().map(|attempt| Self::of_attempt(&attempt.error));
        }
        if let Some(KernelError::NotPermitted { .. }) = cause.downcast_ref() {
            return Some(Self::Permission);
        }
        let error = cause.downcast_ref::<io::Error>()?;
        (error.kind() == io::ErrorKind::PermissionDenied).then_some(Self::Permission)
    }

    fn of_attempt(error: &AttemptError) -> Self {
        match error {
            AttemptError::HashMismatch { .. } | AttemptError::TooLarge(_) | AttemptError::Corrupt { .. } => {
                Self::Verification
            }
            AttemptError::Internal { .. } => Self::Guard,
            _ => Self::Unreachable,
        }
    }
}

/// What the process would end with because of this.
pub(super) fn exit_of(error: &anyhow::Error) -> Exit {
    Exit::of(error)
}

/// Tells a failure on stderr; gives what to exit with. A reader that closed the pipe has seen enough: no failure.
pub(super) fn report(error: &anyhow::Error) -> Exit {
    let stopped_reading =
        error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
    if stopped_reading {
        return Exit::Ok;
    }
    let exit = Exit::of(error);
    let advice =
        if exit == Exit::Permission && is_silent_on_advice(error) { "; try it with sudo" } else { "" };
    say(&format!("error: {}{advice}", told(error)));
    exit
}

fn is_silent_on_advice(error: &anyhow::Error) -> bool {
    error.downcast_ref::<AskError>().is_none()
}

/// Of several things, these did not work: tells all but the last, which becomes the failure of the whole.
///
/// # Errors
/// The last of them.
pub(super) fn unless_any(mut failures: Vec<anyhow::Error>) -> anyhow::Result<Exit> {
    let last = failures.pop();
    failures.iter().for_each(|error| say(&format!("error: {}", told(error))));
    last.map_or(Ok(Exit::Ok), Err)
}

/// A message to the operator, in which strangers may have a word. There is nobody left to tell when stderr is closed.
pub(super) fn say(message: &str) {
    for line in message.lines() {
        let _ = writeln!(io::stderr(), "{}", printable(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{identity::IdentityError, kernel::Act, ledger};

    fn denied() -> io::Error {
        io::ErrorKind::PermissionDenied.into()
    }

    fn unfetched(error: AttemptError) -> anyhow::Error {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let claim = crate::fetch::Claim::Named;
        let attempt = crate::fetch::FailedAttempt { url: "x".into(), peer: None, claim, tries: 1, at, error };
        let file_hash = crate::domain::FileHash([1; 32]);
        FetchError { file_hash, attempts: vec![attempt] }.into()
    }

    #[test]
    fn each_kind_of_failure_has_its_code() {
        let path = std::path::PathBuf::from("/x");
        let failure = |kind| anyhow::Error::from(Failure::new(kind, "x"));
        let tx = crate::domain::TxId([1; 64]);
        let unconfirmed = LedgerError::Unconfirmed { act: ledger::Act::Join, endpoint: "x".into(), tx };
        let refused = LedgerError::Refused { act: ledger::Act::Join, refusal: ledger::Refusal::AlreadyPeer };
        for (error, exit) in [
            (AskError::NotRunning { path: path.clone() }.into(), Exit::NotRunning),
            (AskError::Permission { path: path.clone() }.into(), Exit::Permission),
            (failure(FailureKind::Failed), Exit::Failed),
            (failure(FailureKind::NotFound), Exit::NotFound),
            (failure(FailureKind::Unreachable), Exit::Unreachable),
            (failure(FailureKind::Verification), Exit::Verification),
            (failure(FailureKind::Guard), Exit::Guard),
            (VerifyError::Nobody.into(), Exit::Verification),
            (unfetched(AttemptError::Internal { address: [10, 0, 0, 1].into() }), Exit::Guard),
            (unfetched(AttemptError::TooLarge(crate::domain::TooLarge(11))), Exit::Verification),
            (unfetched(AttemptError::PlainHttp), Exit::Unreachable),
            (unconfirmed.into(), Exit::Unreachable),
            (refused.into(), Exit::Failed),
            (KernelError::NotPermitted { act: Act::OpenSocket }.into(), Exit::Permission),
            (IdentityError::Read { path: path.clone(), source: denied() }.into(), Exit::Permission),
            (ConfigError::Read { path: path.clone(), source: denied() }.into(), Exit::Permission),
            (ConfigError::Line { path, line: 3, key: None, problem: "x".into() }.into(), Exit::Usage),
            (io::Error::from(io::ErrorKind::NotFound).into(), Exit::Failed),
            (anyhow::anyhow!("x"), Exit::Failed),
        ] {
            let told = told(&error);
            assert_eq!(Exit::of(&error), exit, "{told}");
            assert_eq!(Exit::of(&error.context("starting")), exit, "{told}");
        }
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        assert_eq!(report(&io::Error::from(io::ErrorKind::BrokenPipe).into()), Exit::Ok);
    }
}
