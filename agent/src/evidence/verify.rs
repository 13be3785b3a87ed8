//! The one door through which a stranger's log becomes evidence.

use super::{Attacker, derive, header::HeaderError};
use crate::domain::{FileHash, MaliciousLog};

/// Something that was verified; only [`verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    inner: T,
    attackers: Vec<Attacker>,
}

impl<T> Verified<T> {
    /// What was verified.
    pub fn get(&self) -> &T {
        &self.inner
    }

    /// The same, verified no longer.
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// Whom it accuses; never empty.
    #[must_use]
    pub fn attackers(&self) -> &[Attacker] {
        &self.attackers
    }
}

/// Why a log is no evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The bytes are not the posted ones.
    #[error("the log hashes to {found}, the post says {posted}")]
    Hash {
        /// Hash on the ledger.
        posted: FileHash,
        /// Hash of the bytes.
        found: FileHash,
    },
    /// The header cannot be read.
    #[error("reading the log's header: {0}")]
    Header(#[from] HeaderError),
    /// The log proves nothing.
    #[error("no line of the log proves an attack")]
    Nobody,
    /// The log proves nothing to this agent, but may to a newer one.
    #[error("no line of the log proves an attack to this agent; a newer one wrote it")]
    Newer,
}

impl VerifyError {
    /// Whether its reporter published what is no evidence: the log is the posted one, and this agent knows what it says.
    #[must_use]
    pub fn is_false_evidence(&self) -> bool {
        matches!(self, Self::Nobody | Self::Header(HeaderError::Value { .. }))
    }
}

/// Checks that the log is the posted one and re-derives whom it accuses.
///
/// # Errors
/// When the hash differs, the header makes no sense, or nobody is accused.
pub fn verify(log: MaliciousLog, posted: FileHash) -> Result<Verified<MaliciousLog>, VerifyError> {
    if log.hash() != posted {
        return Err(VerifyError::Hash { posted, found: log.hash() });
    }
    let attackers = derive::attackers(log.bytes())?;
    if attackers.is_empty() {
        let is_newer = derive::is_newer(log.bytes());
        return Err(if is_newer { VerifyError::Newer } else { VerifyError::Nobody });
    }
    Ok(Verified { inner: log, attackers })
}
