//! What the rest of the agent asks of the database.

use std::{
    collections::BTreeMap,
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    DatabaseError, READING, failures, file, mirrors, read,
    read::AllowEntry,
    scan::{Chunks, Offences, Reasons, StoredReason},
    spending, usage,
    worker::{Request, Worker},
    write::Writer,
};
use crate::{
    domain::{HostName, LogId, Offence, PeerKey, PostId},
    record::{Announcement, PeerFailures, PeerUsage, PostRecord, Receipt, Record, Spending},
};

/// A handle to the database; clones share the one connection. The file is closed when the last is dropped.
#[derive(Clone)]
pub struct Database {
    path: Arc<Path>,
    requests: mpsc::UnboundedSender<Request>,
    /// Closed when the thread ends.
    running: watch::Receiver<()>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What [`Database::record`] promised and may not be dropped unheard.
#[must_use = "records are durable only once this says so"]
#[derive(Debug)]
pub struct Recorded {
    path: Arc<Path>,
    answer: oneshot::Receiver<Result<(), DatabaseError>>,
}

impl Recorded {
    /// Waits until the records are on disk.
    ///
    /// # Errors
    /// When they are not. What the disk did not take is tried again, before everything that is handed over later.
    pub async fn durable(self) -> Result<(), DatabaseError> {
        self.answer.await.unwrap_or_else(|_| Err(DatabaseError::Closed { path: self.path.to_path_buf() }))
    }
}

impl Database {
    /// Opens or creates the database, migrates it when it is older, and starts its thread.
    ///
    /// # Errors
    /// When the file is in use, damaged, not ours, of a later version, or cannot be written to; it is left as it is.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let file = file::open(path)?;
        let path: Arc<Path> = path.into();
        let (requests, queue) = mpsc::unbounded_channel();
        let worker = Worker::new(Arc::clone(&path), file);
        let (until_end, running) = watch::channel(());
        let serve = move || {
            worker.serve(queue);
            drop(until_end);
        };
        thread::Builder::new()
            .name("database".into())
            .spawn(serve)
            .map_err(|source| DatabaseError::Thread { path: path.to_path_buf(), source: Arc::new(source) })?;
        Ok(Self { path, requests, running })
    }

    /// Waits, without being a handle, until the last handle is gone and the file is closed.
    pub fn ended(&self) -> impl Future<Output = ()> + use<> {
        let mut running = self.running.clone();
        async move { while running.changed().await.is_ok() {} }
    }

    /// Waits until everything that was handed over before is on disk.
    ///
    /// # Errors
    /// When some of it is not.
    pub async fn flushed(&self) -> Result<(), DatabaseError> {
        self.record(Vec::new()).durable().await
    }

    /// Hands over records, in order after all that were handed over before; returns at once. Those of one call are
    /// durable together or not at all.
    pub fn record(&self, records: Vec<Record>) -> Recorded {
        let (answer, recorded) = oneshot::channel();
        // A closed database answers through the dropped sender.
        let _ = self.requests.send(Request::Write(records, answer));
        Recorded { path: Arc::clone(&self.path), answer: recorded }
    }

    /// Tries again what the disk did not take; returns at once. To be called now and then, since room may be made at
    /// any time.
    pub fn retry(&self) {
        // A closed database has tried it for the last time.
        let _ = self.requests.send(Request::Retry);
    }

    /// Has the thread do `work` after everything that was handed over before. `act` reads like "writing to".
    pub(super) fn run<T: Send + 'static>(
        &self,
        act: &'static str,
        work: impl FnOnce(&Connection, &mut Writer) -> rusqlite::Result<T> + Send + 'static,
    ) -> oneshot::Receiver<Result<T, DatabaseError>> {
        let (answer, result) = oneshot::channel();
        let path = Arc::clone(&self.path);
        let work = move |connection: &Connection, writer: &mut Writer| {
            let done = work(connection, writer);
            // Whoever no longer listens needs no answer.
            let _ = answer.send(done.map_err(|error| DatabaseError::statement(&path, act, error)));
        };
        let _ = self.requests.send(Request::Run(Box::new(work)));
        result
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let result = self.run(READING, |connection, _| query(connection));
        result.await.unwrap_or_else(|_| Err(self.closed()))
    }

    /// The thread is gone.
    pub(super) fn closed(&self) -> DatabaseError {
        DatabaseError::Closed { path: PathBuf::from(&*self.path) }
    }

    /// All reasons that have not ended by `now`; those of one network follow each other, and equal origins are shared.
    #[must_use]
    pub fn reasons(&self, now: Timestamp) -> Chunks<StoredReason> {
        Chunks::new(self.clone(), Reasons::after(now))
    }

    /// All reasons that had ended by `now` and have not been forgotten, likewise.
    #[must_use]
    pub fn ended_reasons(&self, now: Timestamp) -> Chunks<StoredReason> {
        Chunks::new(self.clone(), Reasons::ended_by(now))
    }

    /// How networks behaved before.
    #[must_use]
    pub fn offences(&self) -> Chunks<(IpNetwork, Offence)> {
        Chunks::new(self.clone(), Offences::default())
    }

    /// The newest posts, newest first.
    ///
    /// # Errors
    /// When they cannot be read; likewise below.
    pub async fn posts(&self, limit: u32) -> Result<Vec<PostRecord>, DatabaseError> {
        self.read(move |connection| read::posts(connection, limit)).await
    }

    /// What became of one post.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn post(&self, id: PostId) -> Result<Option<PostRecord>, DatabaseError> {
        self.read(move |connection| read::post(connection, id)).await
    }

    /// The posts that published a log, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn posts_of_log(&self, log: LogId) -> Result<Vec<PostRecord>, DatabaseError> {
        self.read(move |connection| read::posts_of_log(connection, log)).await
    }

    /// What is remembered of a malicious log, whether it is still held or not.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn receipt(&self, log: LogId) -> Result<Option<Receipt>, DatabaseError> {
        self.read(move |connection| read::receipt(connection, log)).await
    }

    /// The logs that are held, by what was recorded.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn held_logs(&self) -> Result<Vec<LogId>, DatabaseError> {
        self.read(read::held_logs).await
    }

    /// The next log that `owner` stored of its own and has not posted, behind `after`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn unposted_log(
        &self,
        owner: PeerKey,
        after: Option<LogId>,
    ) -> Result<Option<LogId>, DatabaseError> {
        self.read(move |connection| read::unposted_log(connection, owner, after)).await
    }

    /// The operator's allowlist, in the order of its targets.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn allowlist(&self) -> Result<Vec<AllowEntry>, DatabaseError> {
        self.read(read::allowlist).await
    }

    /// What DNS names meant last.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn names(&self) -> Result<BTreeMap<HostName, Vec<IpAddr>>, DatabaseError> {
        self.read(read::names).await
    }

    /// What peers took on `day` (days since 1970, UTC) and later, or signed a request for after `signed_after` (Unix
    /// seconds).
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn usage(&self, day: i64, signed_after: i64) -> Result<Vec<PeerUsage>, DatabaseError> {
        self.read(move |connection| usage::read(connection, day, signed_after)).await
    }

    /// How far a source had been digested, as JSON.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn position(&self, source: String) -> Result<Option<String>, DatabaseError> {
        self.read(move |connection| read::position(connection, &source)).await
    }

    /// What is remembered of a peer's failures.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn failures_of(&self, peer: PeerKey) -> Result<PeerFailures, DatabaseError> {
        self.read(move |connection| failures::read(connection, &peer)).await
    }

    /// How often each peer failed, those left out that never did.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn failure_counts(&self) -> Result<BTreeMap<PeerKey, u64>, DatabaseError> {
        self.read(failures::counts).await.map(|counts| counts.into_iter().collect())
    }

    /// Which copies of other peers' logs are announced on the ledger, or about to be, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn announcements(&self) -> Result<Vec<Announcement>, DatabaseError> {
        self.read(mirrors::read).await
    }

    /// The copy of one post's log that is announced, or about to be.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn announcement(&self, post: PostId) -> Result<Option<Announcement>, DatabaseError> {
        self.read(move |connection| mirrors::of_post(connection, post)).await
    }

    /// What was spent on the ledger on the last day on which anything was.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn spending(&self) -> Result<Option<Spending>, DatabaseError> {
        self.read(spending::read).await
    }
}
