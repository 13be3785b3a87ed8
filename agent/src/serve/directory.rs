//! The one thing the server has to know about the ledger.

use std::error::Error;

use async_trait::async_trait;

use crate::domain::PeerKey;

/// The ledger could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("asking the ledger about peer {key}: {source}")]
pub struct DirectoryUnavailable {
    /// Whom it was asked about.
    pub key: PeerKey,
    /// Why there is no answer.
    pub source: Box<dyn Error + Send + Sync>,
}

/// Knows which peers are active on the ledger.
///
/// What it remembers is looked at before the signature. The ledger is asked only about keys whose signature was good;
/// but whoever draws many keys can sign with all of them, so an implementation bounds what it asks at a time and what
/// it remembers of unknown ones.
#[async_trait]
pub trait PeerDirectory: Send + Sync {
    /// Whether this peer is active, where that is known without asking anybody.
    fn remembered(&self, key: &PeerKey) -> Option<bool>;

    /// Whether this peer is active.
    ///
    /// # Errors
    /// When the ledger cannot be asked; the request is then refused with 503.
    async fn is_active(&self, key: &PeerKey) -> Result<bool, DirectoryUnavailable>;
}
