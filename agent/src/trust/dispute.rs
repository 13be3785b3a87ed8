//! What this agent contradicts before all.

use ipnetwork::IpNetwork;
use serde::{Deserialize, Serialize};

/// Why a post is disputed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "because", rename_all = "kebab-case")]
pub enum Dispute {
    /// Its log is the posted one and no evidence.
    #[error("its log is no evidence: {error}")]
    NoEvidence {
        /// What is wrong with it.
        error: String,
    },
    /// It accuses somebody whom this operator knows as good.
    #[error("it accuses {network}, whom this operator knows: {rule}")]
    Innocent {
        /// Who that is.
        network: IpNetwork,
        /// How this operator knows.
        rule: String,
    },
}
