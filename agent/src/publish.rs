//! Publishing a malicious log: verified, stored, posted.
//!
//! The daemon queues its posts and sends them when the ledger can be reached; this is the same in one step, for other
//! programs that keep logs and serve them.
//!
//! ```no_run
//! use std::{path::Path, sync::Arc};
//!
//! use sentinel_agent::{
//!     domain::{Commitment, MaliciousLog},
//!     identity::Identity,
//!     ledger::{SolanaLedger, SolanaSettings},
//!     publish::publish,
//!     store::LogStore,
//! };
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let identity = Identity::load(Path::new("identity.json"))?;
//! let program = "Sent1nePrgram111111111111111111111111111111".parse()?;
//! let settings = SolanaSettings::new("https://rpc.example", None, program, Commitment::Confirmed)?;
//! let ledger = SolanaLedger::new(settings, &identity)?;
//! let store = Arc::new(LogStore::open(Path::new("logs"), 1 << 30)?);
//!
//! let log = MaliciousLog::new(std::fs::read("attack.log")?)?;
//! let published = publish(log, "https://peer-a.example:9000", store, &ledger).await?;
//! println!("{} is posted as {}", published.log_url, published.post);
//! # Ok(())
//! # }
//! ```

use std::sync::Arc;

use tokio::task::{JoinError, spawn_blocking};

use crate::{
    domain::{FileHash, InvalidUrl, LogId, LogUrl, MaliciousLog, PostId, TxId},
    evidence::{self, Verified, VerifyError},
    ledger::{Ledger, LedgerError, Published},
    store::{LogStore, StoreError},
};

/// Why a log was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// It is no evidence.
    #[error("publishing a log that is no evidence: {0}")]
    Verify(#[from] VerifyError),
    /// It would be served under no valid URL.
    #[error("publishing a log: {0}")]
    Url(#[from] InvalidUrl),
    /// It could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is stored, and the ledger did not take the post: it may be published again.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The program is stopping.
    #[error("verifying and storing a log: {0}")]
    Stopped(#[from] JoinError),
}

/// A log that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// What it hashes to.
    pub file_hash: FileHash,
    /// Where it has to be served.
    pub log_url: LogUrl,
    /// The post.
    pub post: PostId,
    /// The transaction that made it; none when it had been made before.
    pub tx: Option<TxId>,
    /// Logs that had to go from the store for it.
    pub evicted: Vec<LogId>,
}

/// Publishes a log that is served under `base_url` (scheme, host and port, without a slash at its end): makes sure that
/// it proves something, stores it, and waits until its post is confirmed. Publishing it again changes nothing.
///
/// # Errors
/// When it proves nothing, cannot be stored, or the ledger does not take it.
pub async fn publish(
    log: MaliciousLog,
    base_url: &str,
    store: Arc<LogStore>,
    ledger: &dyn Ledger,
) -> Result<Publication, PublishError> {
    let file_hash = log.hash();
    let log_url = LogUrl::of_log(base_url, file_hash.log_id())?;
    let verified = verified(log).await?;
    let stored = spawn_blocking(move || store.put(verified.get())).await??;
    let Published { post, tx } = ledger.publish(&log_url, file_hash).await?;
    Ok(Publication { file_hash, log_url, post, tx, evicted: stored.evicted })
}

/// The log as evidence of this agent's own. Parsing takes a while, so no thread does it that others wait for.
///
/// # Errors
/// When it proves nothing.
pub(crate) async fn verified(log: MaliciousLog) -> Result<Verified<MaliciousLog>, PublishError> {
    let hash = log.hash();
    Ok(spawn_blocking(move || evidence::verify(log, hash)).await??)
}
