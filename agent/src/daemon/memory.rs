//! What the database is told, in the order of the decisions, also when it takes nothing for a while.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Mutex;

use crate::{
    record::Record,
    store::database::{Database, DatabaseError, Recorded},
};

/// Records that are kept for a database that takes none at the moment; what comes beyond is lost at a restart.
const MAX_UNSAVED: usize = 100_000;

/// The database, and what it has yet to take.
#[derive(Debug)]
pub(super) struct Memory {
    database: Database,
    /// Whether the database took nothing the last time: said once, not at each try.
    failing: AtomicBool,
    unsaved: Mutex<Vec<Record>>,
}

/// Records on their way to the disk.
#[derive(Debug)]
#[must_use = "they are durable only once `Memory::settle` says so"]
pub(super) struct Handed {
    /// A copy, for another try.
    records: Vec<Record>,
    recorded: Recorded,
}

impl Memory {
    /// Nothing waits yet.
    #[must_use]
    pub(super) fn new(database: Database) -> Self {
        Self { database, failing: AtomicBool::new(false), unsaved: Mutex::default() }
    }

    /// The database.
    #[must_use]
    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Hands records over, and before them what an earlier failure left behind. Whoever decided them keeps others from
    /// deciding meanwhile.
    pub(super) async fn hand_over(&self, mut records: Vec<Record>) -> Option<Handed> {
        let mut unsaved = self.unsaved.lock().await;
        if !unsaved.is_empty() {
            records.retain(|record| !matches!(record, Record::Position { .. }));
            unsaved.append(&mut records);
            records = std::mem::take(&mut unsaved);
        }
        if records.is_empty() {
            return None;
        }
        let recorded = self.database.record(records.clone());
        Some(Handed { records, recorded })
    }

    /// Waits until the records are on disk, or keeps them for another try.
    ///
    /// # Errors
    /// When they are not on disk.
    pub(super) async fn settle(&self, handed: Option<Handed>) -> Result<(), DatabaseError> {
        let Some(Handed { mut records, recorded }) = handed else { return Ok(()) };
        let result = recorded.durable().await;
        let was_failing = self.failing.swap(result.is_err(), Ordering::Relaxed);
        match &result {
            Ok(()) if was_failing => tracing::info!("the database works again; nothing was lost"),
            Ok(()) => {}
            Err(error) => {
                if !was_failing {
                    tracing::error!(
                        "{error}; blocks stay in force, and are remembered once the database works again"
                    );
                }
                let mut unsaved = self.unsaved.lock().await;
                records.append(&mut unsaved);
                records.truncate(MAX_UNSAVED);
                *unsaved = records;
            }
        }
        result
    }
}
