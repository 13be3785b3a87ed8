//! What is remembered, in numbers.

use serde::{Deserialize, Serialize};

/// The database in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseFigures {
    /// Version of its layout.
    pub version: u32,
    /// Its bytes, without what waits in its log.
    pub bytes: u64,
    /// Its tables with their rows.
    pub rows: Vec<(String, u64)>,
}
