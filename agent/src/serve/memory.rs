//! The limits as all connections share them, and their memory on disk.
//!
//! What peers took is written behind the answers: at once when a crash could make a signature good again (about every
//! 15 s of a busy peer), else every five seconds, all peers together. So a disk sees some small writes a minute,
//! however many requests there are, and a crash forgets five seconds of bytes at the most.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tracing::debug;

use super::limits::{LimitSettings, Limits, Writing};
use crate::store::database::{Database, DatabaseError};

/// How often what peers took is written down.
const ROUND: Duration = Duration::from_secs(5);

/// The limits of all connections.
#[derive(Debug)]
pub(super) struct SharedLimits {
    limits: Mutex<Limits>,
    urgent: Notify,
}

impl SharedLimits {
    pub(super) fn new(settings: LimitSettings) -> Self {
        Self { limits: Mutex::new(Limits::new(settings)), urgent: Notify::new() }
    }

    /// The limits, for a moment.
    pub(super) fn lock(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has things written down in time.
    pub(super) fn remind(&self, writing: Writing) {
        if writing == Writing::Now {
            self.urgent.notify_one();
        }
    }

    /// Takes up what peers took before a restart.
    pub(super) async fn restore(&self, database: &Database) -> Result<(), DatabaseError> {
        let now = Timestamp::now().as_second();
        let (day, signed_after) = Limits::relevant(now);
        database.prune_usage(day, signed_after).await?;
        let records = database.usage(day, signed_after).await?;
        self.lock().restore(records, now);
        Ok(())
    }

    /// Writes down what peers take, for ever.
    pub(super) async fn keep(&self, database: &Database) {
        loop {
            // Both are the same to it: time to write.
            let _ = timeout(ROUND, self.urgent.notified()).await;
            self.write(database, false).await;
        }
    }

    /// Writes down the last of it.
    pub(super) async fn close(&self, database: &Database) {
        self.write(database, true).await;
    }

    async fn write(&self, database: &Database, exact: bool) {
        let now = Timestamp::now().as_second();
        let records = self.lock().unwritten(exact, now);
        if records.is_empty() {
            return;
        }
        let records = records.into_iter().map(crate::record::Record::Usage).collect();
        // The database says itself that its disk is full, and goes on trying.
        if let Err(error) = database.record(records).durable().await {
            debug!(%error, "writing down what peers took");
            sleep(ROUND).await;
        }
    }
}
