//! What has to reach the ledger: sent in the order it was queued, kept until it arrived, never sent twice with effect.
//! Upkeep goes when nothing else does.

mod acts;
mod sender;

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time::sleep};

use crate::{
    backoff::Backoff,
    domain::PeerKey,
    ledger::Ledger,
    record::Record,
    store::database::{Database, DatabaseError},
};
use sender::Sender;

/// Longest pause between two looks at the queue.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The queue to the ledger, as it stands in the database; clones wake the same sender.
#[derive(Clone, Debug)]
pub(super) struct Outbox {
    database: Database,
    bell: Arc<Notify>,
}

impl Outbox {
    /// The queue that this database holds.
    pub(super) fn new(database: Database) -> Self {
        Self { database, bell: Arc::default() }
    }

    /// Where it is kept.
    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Remembers this in one transaction, and wakes the sender if any of it queues something.
    ///
    /// # Errors
    /// When it is not on disk.
    pub(super) async fn put(&self, records: Vec<Record>) -> Result<(), DatabaseError> {
        let has_news = records.iter().any(queues);
        self.database.record(records).durable().await?;
        if has_news {
            self.bell.notify_one();
        }
        Ok(())
    }

    /// Wakes the sender: something may have been queued together with a decision.
    pub(super) fn wake(&self) {
        self.bell.notify_one();
    }

    /// Sends what is queued, for ever. What the ledger refuses for now is tried again, ever more slowly.
    pub(super) async fn run(self, ledger: Arc<dyn Ledger>, me: PeerKey) {
        let sender = Sender { ledger, database: self.database, me };
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        loop {
            match sender.send_all().await {
                Ok(is_empty) => {
                    if is_empty {
                        backoff.reset();
                    }
                    // New work gets a try of its own even while older work waits.
                    let pause = if is_empty { LONGEST_PAUSE } else { backoff.pause() };
                    tokio::select! {
                        // What is interrupted stays queued, and takes effect once.
                        () = self.bell.notified() => {}
                        () = sender.idle(pause) => {}
                    }
                }
                Err(error) => {
                    tracing::error!("reading what is queued for the ledger: {error}");
                    sleep(LONGEST_PAUSE).await;
                }
            }
        }
    }
}

/// Whether something is queued with it: a copy that had to go is withdrawn.
fn queues(record: &Record) -> bool {
    use Record::{Dispute, Like, LogEvicted, Outgoing};
    matches!(record, Outgoing(_) | Like(_) | Dispute(..) | LogEvicted { .. })
}

#[cfg(test)]
mod tests;
