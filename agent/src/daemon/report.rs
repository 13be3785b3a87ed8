//! Detections -> malicious logs: written, stored, and queued for the ledger.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{
    archive::{Archive, KeepError},
    core::Core,
    draft::{self, DetectionGroup, DraftError},
    engine::Outcome,
    privacy::Privacy,
    publisher::{Publisher, QueueError},
};
use crate::{detect::Detection, evidence::Redactor, record::Witness};

/// Detections that may wait for the disk; a storm beyond that is blocked all the same, but not reported.
pub(super) const WAITING: usize = 4096;

/// Detections that share one log at the most: at 20 lines of 512 bytes each, a tenth of the largest log.
pub(super) const TOGETHER: usize = 100;

/// Why a detection was not reported.
#[derive(Debug, thiserror::Error)]
enum ReportError {
    #[error(transparent)]
    Draft(#[from] DraftError),
    #[error(transparent)]
    Keep(#[from] KeepError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Where reports go.
#[derive(Clone)]
pub(super) struct Reporter {
    /// The engine that is told which log proves its block.
    pub(super) core: Arc<Core>,
    /// What has to stay in this house.
    pub(super) privacy: Privacy,
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
            let redactor = self.privacy.redactor();
            for group in draft::grouped(std::mem::take(&mut waiting)) {
                let service = group.service;
                match self.report(&redactor, group).await {
                    Ok(()) => {}
                    Err(ReportError::Draft(DraftError::Nobody)) => {
                        tracing::info!("attackers of {service} stay unreported: {}", DraftError::Nobody);
                    }
                    Err(error) => tracing::error!("reporting attackers of {service}: {error}"),
                }
            }
        }
    }

    async fn report(&self, redactor: &Redactor, group: DetectionGroup) -> Result<(), ReportError> {
        let log = group.draft(redactor)?;
        let (hash, is_published, detections) = (log.get().hash(), group.leaves(), group.detections);
        let id = self.archive.keep(log, Witness::Own).await?;
        for network in detections.iter().map(|detection| detection.network) {
            tracing::info!(step = "stored", %network, log = %id, "stored malicious log {id}");
        }
        if let Some(publisher) = self.publisher.as_ref().filter(|_| is_published) {
            publisher.queue(publisher.log_url(hash)?, hash).await?;
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
