//! The thread that owns the connection.

use std::{path::Path, thread};

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{DatabaseError, StoredAllowance, StoredReason, records, schema};
use crate::{
    domain::PostId,
    record::{Outgoing, OutgoingId, PostRecord, Record},
};

/// Most requests that share one transaction.
const GROUP: usize = 1024;

type Answer = oneshot::Sender<Result<(), DatabaseError>>;

enum Request {
    Write(Vec<Record>, Answer),
    Read(Box<dyn FnOnce(&Connection) + Send>),
}

/// A handle to the database; clones share the one connection. The file is closed when the last is dropped.
#[derive(Clone, Debug)]
pub struct Database {
    requests: mpsc::UnboundedSender<Request>,
}

/// What [`Database::record`] promised and may not be dropped unheard.
#[must_use = "records are durable only once this says so"]
#[derive(Debug)]
pub struct Recorded(oneshot::Receiver<Result<(), DatabaseError>>);

impl Recorded {
    /// Waits until the records are on disk.
    ///
    /// # Errors
    /// When they are not and will not be.
    pub async fn durable(self) -> Result<(), DatabaseError> {
        self.0.await.unwrap_or(Err(DatabaseError::Closed))
    }
}

impl Database {
    /// Opens or creates the database and starts its thread.
    ///
    /// # Errors
    /// When the file is in use, damaged, not ours, or of a later version.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let connection = schema::open(path)?;
        let (requests, queue) = mpsc::unbounded_channel();
        thread::Builder::new()
            .name("database".into())
            .spawn(move || serve(connection, queue))
            .map_err(DatabaseError::Thread)?;
        Ok(Self { requests })
    }

    /// Hands over records, in order after all that were handed over before; returns at once.
    pub fn record(&self, records: Vec<Record>) -> Recorded {
        let (answer, recorded) = oneshot::channel();
        // A closed database answers through the dropped sender.
        let _ = self.requests.send(Request::Write(records, answer));
        Recorded(recorded)
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let (answer, result) = oneshot::channel();
        let query = Box::new(move |connection: &Connection| drop(answer.send(query(connection))));
        self.requests.send(Request::Read(query)).map_err(|_| DatabaseError::Closed)?;
        result.await.map_err(|_| DatabaseError::Closed)?
    }

    /// All reasons that have not ended by `now`.
    ///
    /// # Errors
    /// When they cannot be read; likewise below.
    pub async fn reasons(&self, now: Timestamp) -> Result<Vec<StoredReason>, DatabaseError> {
        self.read(move |connection| records::reasons(connection, now)).await
    }

    /// What the operator put on the allowlist, why and since when; the oldest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn allowlist(&self) -> Result<Vec<StoredAllowance>, DatabaseError> {
        self.read(records::allowlist).await
    }

    /// The newest posts, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn posts(&self, limit: u32) -> Result<Vec<PostRecord>, DatabaseError> {
        self.read(move |connection| records::posts(connection, limit)).await
    }

    /// What became of one post.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn post(&self, id: PostId) -> Result<Option<PostRecord>, DatabaseError> {
        self.read(move |connection| records::post(connection, &id)).await
    }

    /// How far a source had been digested, as JSON.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn position(&self, source: String) -> Result<Option<String>, DatabaseError> {
        self.read(move |connection| records::position(connection, &source)).await
    }

    /// Everything that has yet to reach the ledger, oldest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn outbox(&self) -> Result<Vec<(OutgoingId, Outgoing)>, DatabaseError> {
        self.read(records::outbox).await
    }
}

fn serve(connection: Connection, mut queue: mpsc::UnboundedReceiver<Request>) {
    let mut batch = Vec::new();
    while queue.blocking_recv_many(&mut batch, GROUP) > 0 {
        let mut writes = Vec::new();
        for request in batch.drain(..) {
            match request {
                Request::Write(records, answer) => writes.push((records, answer)),
                // A read sees everything that was handed over before it.
                Request::Read(query) => {
                    commit(&connection, std::mem::take(&mut writes));
                    query(&connection);
                }
            }
        }
        commit(&connection, writes);
    }
}

fn commit(connection: &Connection, writes: Vec<(Vec<Record>, Answer)>) {
    if writes.is_empty() {
        return;
    }
    let result = write(connection, writes.iter().flat_map(|(records, _)| records));
    for (_, answer) in writes {
        let result = result.as_ref().map_err(|error| DatabaseError::Commit(error.to_string()));
        // Whoever no longer listens needs no answer.
        let _ = answer.send(result.copied());
    }
}

fn write<'a>(connection: &Connection, records: impl Iterator<Item = &'a Record>) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    for record in records {
        records::write(record, &transaction)?;
    }
    transaction.commit()
}
