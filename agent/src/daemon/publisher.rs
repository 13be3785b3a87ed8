//! Stored logs on their way to the ledger.

use super::{outbox::Outbox, reach::PublicUrl};
use crate::{
    config::Endpoint,
    domain::{FileHash, InvalidUrl, LogUrl},
    record::{Outgoing, Record},
    store::database::DatabaseError,
};

/// Why a log was not queued for the ledger.
#[derive(Debug, thiserror::Error)]
pub(super) enum QueueError {
    #[error(
        "it is not known yet where peers could fetch it: this host has no public address, and serve.public_url is not set"
    )]
    NoPublicUrl,
    #[error("its URL would be invalid: {0}")]
    Url(#[from] InvalidUrl),
    #[error("queueing it for the ledger: {0}")]
    Database(#[from] DatabaseError),
}

/// Queues posts of this agent's own.
#[derive(Clone)]
pub(super) struct Publisher {
    /// The queue.
    pub(super) outbox: Outbox,
    /// The URL under which peers reach this agent.
    pub(super) public_url: PublicUrl,
}

impl Publisher {
    /// Where a log is served: see [`log_url`].
    ///
    /// # Errors
    /// When the public URL is not known, or too long for the ledger.
    pub(super) fn log_url(&self, file_hash: FileHash) -> Result<LogUrl, QueueError> {
        let public_url = self.public_url.get().ok_or(QueueError::NoPublicUrl)?;
        Ok(log_url(&public_url, file_hash)?)
    }

    /// Queues the post of a log that is stored, and served there; it is made once, whatever happens meanwhile.
    ///
    /// # Errors
    /// When the queue is not on disk.
    pub(super) async fn queue(&self, log_url: LogUrl, file_hash: FileHash) -> Result<(), QueueError> {
        let outgoing = Outgoing::Publish { log_url, file_hash };
        Ok(self.outbox.put(vec![Record::Outgoing(outgoing)]).await?)
    }
}

/// Where an agent that is reached under `public_url` serves a log.
///
/// # Errors
/// When that is too long for the ledger.
pub(super) fn log_url(public_url: &Endpoint, file_hash: FileHash) -> Result<LogUrl, InvalidUrl> {
    LogUrl::of_log(public_url.base(), file_hash.log_id())
}
