//! What helps others to help the operator.

use serde::{Deserialize, Serialize};

use crate::record::DatabaseFigures;

/// What only the daemon knows, for whoever is asked for help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportView {
    /// Its last warnings and errors, oldest first.
    pub warnings: Vec<String>,
    /// What the database holds.
    pub figures: DatabaseFigures,
    /// What is measured, as Prometheus reads it.
    pub metrics: String,
}
