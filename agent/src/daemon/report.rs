//! Detections -> malicious logs: written, stored, and queued for the ledger.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};
use tokio::{sync::mpsc, task::spawn_blocking};
use url::Url;

use super::{core::Core, outbox::Outbox};
use crate::{
    detect::Detection,
    domain::{LogId, LogUrl, MaliciousLog},
    evidence,
    store::{
        LogStore, StoreError,
        database::{DatabaseError, Outgoing, Record},
    },
};

/// Detections that may wait for the disk; a storm beyond that is blocked all the same, but not reported.
pub(super) const WAITING: usize = 4096;

/// Why a detection was not reported.
#[derive(Debug, thiserror::Error)]
enum ReportError {
    #[error("writing the malicious log: {0}")]
    Write(#[from] crate::domain::TooLarge),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("storing the malicious log: {0}")]
    Stopped(#[from] tokio::task::JoinError),
    #[error("its URL would be invalid: {0}")]
    Url(#[from] crate::domain::InvalidUrl),
    #[error("queueing it for the ledger: {0}")]
    Queue(#[from] DatabaseError),
}

/// Where reports go.
#[derive(Clone)]
pub(super) struct Reporter {
    /// The engine that is told which log proves its block.
    pub(super) core: Arc<Core>,
    /// Where logs are kept.
    pub(super) logs: Arc<LogStore>,
    /// The queue for the ledger and the URL under which logs are served, when this agent publishes.
    pub(super) publish: Option<(Outbox, Url)>,
}

impl Reporter {
    /// Reports detections until no more come.
    pub(super) async fn run(self, mut detections: mpsc::Receiver<Detection>) {
        while let Some(detection) = detections.recv().await {
            if let Err(error) = self.report(&detection).await {
                tracing::error!(network = %detection.network, "reporting {}: {error}", detection.network);
            }
        }
    }

    async fn report(&self, detection: &Detection) -> Result<(), ReportError> {
        let offset = TimeZone::system().to_offset(Timestamp::now()).seconds();
        let log = evidence::write(detection, offset)?;
        let hash = log.hash();
        let id = self.store(log).await?;
        tracing::info!(step = "stored", network = %detection.network, log = %id, "stored malicious log {id}");
        if let Some((outbox, base)) = &self.publish {
            let log_url = log_url(base, id)?;
            let outgoing = Outgoing::Publish { log_url, file_hash: hash };
            self.core.database().record(vec![Record::Outgoing(outgoing)]).durable().await?;
            outbox.wake();
        }
        if let Err(error) = self.core.decide(|engine, _| engine.attach_log(detection.network, id)).await {
            tracing::error!(network = %detection.network, "noting which log proves the block: {error}");
        }
        Ok(())
    }

    async fn store(&self, log: MaliciousLog) -> Result<LogId, ReportError> {
        let logs = Arc::clone(&self.logs);
        let stored = spawn_blocking(move || logs.put(&log)).await??;
        for evicted in &stored.evicted {
            tracing::info!(step = "evicted", log = %evicted, "evicted malicious log {evicted}: the store is full");
        }
        Ok(stored.id)
    }
}

/// Where a log is served, given the base URL of this agent.
fn log_url(base: &Url, id: LogId) -> Result<LogUrl, crate::domain::InvalidUrl> {
    format!("{}/logs/{id}", base.as_str().trim_end_matches('/')).parse()
}
