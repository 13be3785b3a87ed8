//! How an instruction fails.

use pinocchio::error::ProgramError;
use sentinel_interface::{LayoutError, SentinelError};

/// Either one of the program's own errors or one that a called program or the runtime reported,
/// already in the form in which the runtime takes it.
#[derive(Debug)]
pub struct Failure(ProgramError);

impl From<SentinelError> for Failure {
    fn from(error: SentinelError) -> Self {
        Self(ProgramError::Custom(error.code()))
    }
}

impl From<LayoutError> for Failure {
    fn from(error: LayoutError) -> Self {
        SentinelError::from(error).into()
    }
}

impl From<ProgramError> for Failure {
    fn from(error: ProgramError) -> Self {
        Self(error)
    }
}

impl From<Failure> for ProgramError {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}
