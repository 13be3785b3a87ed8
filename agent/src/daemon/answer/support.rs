//! What helps others to help the operator.

use super::{Desk, failed};
use crate::control::{Answer, Failure, SupportView};

impl Desk {
    pub(super) async fn support(&self) -> Result<Answer, Failure> {
        let figures = self.core.database().figures().await.map_err(failed)?;
        let (warnings, metrics) = (self.warnings.lines(), self.scrape().await);
        Ok(Answer::Support(Box::new(SupportView { warnings, figures, metrics })))
    }
}
