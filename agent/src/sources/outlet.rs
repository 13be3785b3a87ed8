//! Where a source puts its lines, and where it says how it is doing.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::{Batch, Content, Position, SourceError};

/// How a source is doing, since it was started.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Lines delivered.
    pub lines: u64,
    /// Lines skipped because they were longer than [`super::MAX_LINE`].
    pub overlong: u64,
    /// Journal entries skipped because they could not be decoded.
    pub undecodable: u64,
    /// What keeps the source from reading at the moment.
    pub trouble: Option<Arc<SourceError>>,
}

/// A source's way out: its name, the channel of its batches, its status.
#[derive(Debug)]
pub struct Outlet {
    source: Arc<str>,
    batches: mpsc::Sender<Batch>,
    status: watch::Sender<Status>,
}

impl Outlet {
    /// The way out of the source named `source`. The channel's capacity bounds how far the source reads
    /// ahead; many sources may share one channel.
    pub fn new(source: impl Into<Arc<str>>, batches: mpsc::Sender<Batch>) -> (Self, watch::Receiver<Status>) {
        let (status, receiver) = watch::channel(Status::default());
        (Self { source: source.into(), batches, status }, receiver)
    }

    /// Sends one batch, waiting for room.
    pub(super) async fn send(&self, content: Content, position: Position) -> Result<(), SourceError> {
        let batch = Batch { source: Arc::clone(&self.source), position, content };
        self.batches.send(batch).await.map_err(|_| SourceError::Closed)
    }

    /// Adds to the status.
    pub(super) fn count(&self, lines: u64, overlong: u64, undecodable: u64) {
        self.status.send_modify(|status| {
            status.lines += lines;
            status.overlong += overlong;
            status.undecodable += undecodable;
        });
        if overlong + undecodable > 0 {
            tracing::debug!(source = %self.source, overlong, undecodable, "log lines skipped");
        }
    }

    /// Says what keeps the source from reading; the same trouble is said once, not at each try.
    pub(super) fn failed(&self, error: SourceError) {
        let message = error.to_string();
        let known =
            self.status.borrow().trouble.as_ref().is_some_and(|trouble| trouble.to_string() == message);
        if !known {
            tracing::warn!(source = %self.source, "{message}; trying again until it works");
            self.status.send_modify(|status| status.trouble = Some(Arc::new(error)));
        }
    }

    /// Says that the source reads again.
    pub(super) fn recovered(&self) {
        if self.status.borrow().trouble.is_some() {
            tracing::info!(source = %self.source, "reading the log again");
            self.status.send_modify(|status| status.trouble = None);
        }
    }

    /// Says that lines may be missing, or come twice, and why.
    pub(super) fn warn(&self, message: &str) {
        tracing::warn!(source = %self.source, "{message}");
    }

    /// Waits until nobody takes batches any more.
    pub(super) async fn closed(&self) {
        self.batches.closed().await;
    }
}
