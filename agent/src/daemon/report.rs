//! Detections -> malicious logs: written, stored, and queued for the ledger.

use std::sync::Arc;

use sentinel_parsers::Service;
use tokio::sync::mpsc;

use super::{
    archive::{Archive, ArchiveError},
    core::Core,
    engine::Outcome,
    publisher::{Publisher, QueueError},
};
use crate::{
    detect::{Detection, Method},
    evidence,
    record::Witness,
};

/// Detections that may wait for the disk; a storm beyond that is blocked all the same, but not reported.
pub(super) const WAITING: usize = 4096;

/// Detections that share one log at the most: at 20 lines of 512 bytes each, a tenth of the largest log.
const TOGETHER: usize = 100;

/// Why a detection was not reported.
#[derive(Debug, thiserror::Error)]
enum ReportError {
    #[error("writing the malicious log: {0}")]
    Write(#[from] crate::domain::TooLarge),
    #[error(transparent)]
    Keep(#[from] ArchiveError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Where reports go.
#[derive(Clone)]
pub(super) struct Reporter {
    /// The engine that is told which log proves its block.
    pub(super) core: Arc<Core>,
    /// Where logs are kept.
    pub(super) archive: Archive,
    /// What posts them, when this agent publishes what it detects.
    pub(super) publisher: Option<Publisher>,
}

impl Reporter {
    /// Reports detections until no more come. Those that wait are reported together: a wave costs few posts.
    pub(super) async fn run(self, mut detections: mpsc::Receiver<Detection>) {
        let mut waiting = Vec::new();
        while detections.recv_many(&mut waiting, TOGETHER).await > 0 {
            while let Some((service, method)) =
                waiting.first().map(|one: &Detection| (one.service, one.method))
            {
                let is_alike = |one: &Detection| (one.service, one.method) == (service, method);
                let (alike, others) = waiting.into_iter().partition(is_alike);
                waiting = others;
                if let Err(error) = self.report(service, method, alike).await {
                    tracing::error!("reporting attackers of {service}: {error}");
                }
            }
        }
    }

    async fn report(
        &self,
        service: Service,
        method: Method,
        detections: Vec<Detection>,
    ) -> Result<(), ReportError> {
        let log = evidence::write(service, method, &detections)?;
        if evidence::attackers(log.bytes()).is_ok_and(|proven| proven.is_empty()) {
            tracing::info!("attackers of {service} stay unreported: rules of this agent's own found them");
            return Ok(());
        }
        let hash = log.hash();
        let id = self.archive.keep(log, detections.len(), Witness::Own).await?;
        for network in detections.iter().map(|detection| detection.network) {
            tracing::info!(step = "stored", %network, log = %id, "stored malicious log {id}");
        }
        if let Some(publisher) = &self.publisher {
            publisher.queue(hash).await?;
        }
        let attached = self.core.decide(|engine, _| {
            detections.iter().map(|detection| engine.attach_log(detection.network, id)).fold(
                Outcome::default(),
                |mut all, one| {
                    all.records.extend(one.records);
                    all
                },
            )
        });
        if let Err(error) = attached.await.committed() {
            tracing::error!(log = %id, "noting which log proves the blocks: {error}");
        }
        Ok(())
    }
}
