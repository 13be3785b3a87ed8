//! Where sources put their lines, and where they say how they are doing.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use sentinel_parsers::Provenance;
use tokio::sync::{mpsc, watch};

use super::{Batch, Content, Position, SourceError, pace::Pace};
use crate::domain::{SourceKind, SourceReport};

/// How a source is doing, since it was started.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Lines delivered.
    pub lines: u64,
    /// Lines that were not.
    pub skipped: Skipped,
    /// What keeps the source from reading at the moment.
    pub trouble: Option<Arc<SourceError>>,
    pace: Pace,
    events: u64,
    last_event: Option<Timestamp>,
    lag: Option<u64>,
}

/// Lines that were not delivered, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Longer than [`super::MAX_LINE`].
    pub overlong: u64,
    /// Not decodable: no journal entry, no syslog message.
    pub undecodable: u64,
    /// From a sender that is not allowed to send.
    pub foreign: u64,
    /// More than one sender may send at once.
    pub excess: u64,
}

impl Skipped {
    fn total(self) -> u64 {
        self.overlong + self.undecodable + self.foreign + self.excess
    }
}

/// Where a source of this name goes on that was read before.
pub type Resume = Arc<dyn Fn(Arc<str>) -> BoxFuture<'static, Option<Position>> + Send + Sync>;

/// Takes the lines of all sources of an agent, and knows how each is doing. Clones share everything.
#[derive(Clone, Debug)]
pub struct Intake {
    batches: mpsc::Sender<Batch>,
    sources: Arc<Sources>,
    stop: watch::Sender<bool>,
}

type Sources = Mutex<BTreeMap<Arc<str>, Registered>>;

#[derive(Debug)]
struct Registered {
    kind: SourceKind,
    status: watch::Sender<Status>,
}

fn lock(sources: &Sources) -> MutexGuard<'_, BTreeMap<Arc<str>, Registered>> {
    sources.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Intake {
    /// An intake whose receiver gives the batches of every source. `capacity` batches wait in it at most, so
    /// far do sources read ahead.
    #[must_use]
    pub fn new(capacity: usize) -> (Self, mpsc::Receiver<Batch>) {
        let (batches, receiver) = mpsc::channel(capacity);
        (Self { batches, sources: Arc::default(), stop: watch::Sender::new(false) }, receiver)
    }

    /// The way in for the source named `name`. It is listed as long as that exists.
    #[must_use]
    pub fn outlet(&self, name: impl Into<Arc<str>>, kind: SourceKind) -> Outlet {
        let source = name.into();
        let status = watch::Sender::new(Status::default());
        lock(&self.sources).insert(Arc::clone(&source), Registered { kind, status: status.clone() });
        let (batches, sources, stop) =
            (self.batches.clone(), Arc::clone(&self.sources), self.stop.subscribe());
        Outlet { source, batches, sources, status, stop }
    }

    /// Takes note that lines of this source were taken up and proved so many hostile events; the last line was logged
    /// at `logged`, where it says so.
    pub fn note_batch(&self, source: &str, events: u64, logged: Option<Timestamp>, now: Timestamp) {
        if events == 0 && logged.is_none() {
            return;
        }
        if let Some(registered) = lock(&self.sources).get(source) {
            registered.status.send_modify(|status| {
                status.events += events;
                status.last_event = if events > 0 { Some(now) } else { status.last_event };
                // A clock that runs ahead is no lag.
                let lag =
                    logged.map(|at| u64::try_from(now.duration_since(at).as_secs()).unwrap_or_default());
                status.lag = lag.or(status.lag);
            });
        }
    }

    /// How one source is doing, followed as it changes.
    #[must_use]
    pub fn status(&self, source: &str) -> Option<watch::Receiver<Status>> {
        lock(&self.sources).get(source).map(|registered| registered.status.subscribe())
    }

    /// How every source is doing, in the order of the names.
    #[must_use]
    pub fn reports(&self, now: Timestamp) -> Vec<SourceReport> {
        let report = |(name, registered): (&Arc<str>, &Registered)| {
            registered.status.borrow().report(name, registered.kind, now)
        };
        lock(&self.sources).iter().map(report).collect()
    }

    /// Batches that wait to be digested.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.batches.max_capacity() - self.batches.capacity()
    }

    /// Has the sources read no more. Those whose lines nobody can be asked for again deliver what they have received, and
    /// end.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until nothing more is to be read.
    pub async fn stopped(&self) {
        stopped(self.stop.subscribe()).await;
    }

    /// Waits until nobody takes batches any more.
    pub(super) async fn closed(&self) {
        self.batches.closed().await;
    }
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|asked| *asked).await.is_err() {
        pending::<()>().await;
    }
}

impl Status {
    fn report(&self, name: &str, kind: SourceKind, now: Timestamp) -> SourceReport {
        SourceReport {
            name: name.to_owned(),
            kind,
            lines: self.lines,
            skipped: self.skipped.total(),
            lines_per_minute: self.pace.per_minute(now),
            last_line: self.pace.last(),
            events: self.events,
            last_event: self.last_event,
            lag: self.lag,
            silence: self.pace.silence(now),
            trouble: self.trouble.as_ref().map(ToString::to_string),
        }
    }
}

/// A source's way out: its name, the channel of its batches, its status.
#[derive(Debug)]
pub struct Outlet {
    source: Arc<str>,
    batches: mpsc::Sender<Batch>,
    sources: Arc<Sources>,
    status: watch::Sender<Status>,
    stop: watch::Receiver<bool>,
}

impl Outlet {
    /// Sends lines whose sender is beyond doubt, waiting for room.
    pub(super) async fn send(&self, content: Content, position: Position) -> Result<(), SourceError> {
        self.send_batch(content, Some(position), Provenance::Proven).await
    }

    /// Sends lines that nobody can be asked for again, waiting for room. `provenance` is the best that what they
    /// prove can be.
    pub(super) async fn send_live(
        &self,
        content: Content,
        provenance: Provenance,
    ) -> Result<(), SourceError> {
        self.send_batch(content, None, provenance).await
    }

    async fn send_batch(
        &self,
        content: Content,
        position: Option<Position>,
        provenance: Provenance,
    ) -> Result<(), SourceError> {
        let batch = Batch { source: Arc::clone(&self.source), position, provenance, content };
        self.batches.send(batch).await.map_err(|_| SourceError::Closed)
    }

    /// Adds to the status: lines that are delivered, and lines that are not.
    pub(super) fn count(&self, lines: u64, skipped: Skipped) {
        if lines == 0 && skipped == Skipped::default() {
            return;
        }
        self.status.send_modify(|status| {
            status.lines += lines;
            status.skipped.overlong += skipped.overlong;
            status.skipped.undecodable += skipped.undecodable;
            status.skipped.foreign += skipped.foreign;
            status.skipped.excess += skipped.excess;
            if lines > 0 {
                status.pace.note(lines, Timestamp::now());
            }
        });
        if skipped != Skipped::default() {
            tracing::debug!(source = %self.source, ?skipped, "log lines skipped");
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

    /// Waits until nothing more is to be read.
    pub(super) async fn stopped(&self) {
        stopped(self.stop.clone()).await;
    }

    /// Waits until nobody takes batches any more.
    pub(super) async fn closed(&self) {
        self.batches.closed().await;
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        let mut sources = lock(&self.sources);
        // Not the entry of a namesake that came after.
        let is_own = |registered: &Registered| registered.status.same_channel(&self.status);
        if sources.get(&self.source).is_some_and(is_own) {
            sources.remove(&self.source);
        }
    }
}

#[cfg(test)]
mod tests;
