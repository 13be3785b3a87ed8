//! How sure the ledger has to be.

use serde::{Deserialize, Serialize};

/// How sure the ledger has to be of what it says (Solana's commitment levels).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Commitment {
    /// One node processed it; a fork may undo it.
    Processed,
    /// Two thirds of the stake voted for it.
    #[default]
    Confirmed,
    /// It can no longer be undone; takes about 13 s more.
    Finalized,
}
