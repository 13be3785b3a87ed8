//! The allowlist, listed and changed.

use super::{Desk, failed, kept};
use crate::{
    control::{Answer, Failure, FailureKind},
    daemon::protect::DisallowError,
    domain::{AllowTarget, Allowance},
};

impl Desk {
    pub(super) fn allowed(&self) -> Answer {
        Answer::Allowed(self.guardian.list())
    }

    pub(super) async fn allow(&self, target: AllowTarget, comment: &str) -> Result<Answer, Failure> {
        let allowed = self.guardian.allow(&self.core, target, kept(comment)).await;
        allowed.map(Answer::Allowance).map_err(failed)
    }

    pub(super) async fn disallow(&self, target: &AllowTarget) -> Result<Answer, Failure> {
        match self.guardian.disallow(&self.core, target).await {
            Ok(entry) => Ok(Answer::Allowance(Allowance { entry, unblocked: Vec::new() })),
            Err(error @ DisallowError::Kept(_)) => Err(Failure::new(FailureKind::NotFound, error)),
            Err(error) => Err(failed(error)),
        }
    }
}
