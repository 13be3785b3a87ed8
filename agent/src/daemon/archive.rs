//! Malicious logs and the receipts of them: what is stored is remembered, also after it had to go.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use tokio::task::{JoinError, spawn_blocking};

use super::outbox::Outbox;
use crate::{
    domain::{LogId, MaliciousLog, PeerKey},
    evidence::{self, Verified},
    record::{Receipt, Record, Witness},
    store::{LogStore, StoreError, database::DatabaseError},
};

/// Why a log was not kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("storing a log: {0}")]
    Stopped(#[from] JoinError),
}

/// The log store, and the memory of what went through it.
#[derive(Clone, Debug)]
pub(super) struct Archive {
    logs: Arc<LogStore>,
    outbox: Outbox,
    me: PeerKey,
}

impl Archive {
    pub(super) fn new(logs: Arc<LogStore>, outbox: Outbox, me: PeerKey) -> Self {
        Self { logs, outbox, me }
    }

    /// The store.
    pub(super) fn logs(&self) -> &Arc<LogStore> {
        &self.logs
    }

    /// Stores what was verified, and says which logs had to go for it.
    ///
    /// # Errors
    /// When the log is not on disk. A receipt that could not be written is made up for at the next start.
    pub(super) async fn keep(
        &self,
        verified: Verified<MaliciousLog>,
        from: Witness,
    ) -> Result<LogId, KeepError> {
        let receipt = receipt(&verified, from);
        let logs = Arc::clone(&self.logs);
        let put = move || match from {
            Witness::Own => logs.put(verified.get()),
            Witness::Peer { .. } => logs.put_copy(verified.get()),
        };
        let stored = spawn_blocking(put).await??;
        let mut records = vec![Record::LogStored(receipt)];
        for id in stored.evicted {
            tracing::info!(step = "evicted", log = %id, "evicted malicious log {id}: the store is full");
            records.push(Record::LogEvicted { id, at: Timestamp::now() });
        }
        if let Err(error) = self.outbox.put(records).await {
            tracing::warn!(log = %stored.id, "remembering that malicious log {} was stored: {error}", stored.id);
        }
        Ok(stored.id)
    }

    /// Makes the receipts agree with what is on disk: a crash may have come between the two, and a log may have been
    /// deleted by hand.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn reconcile(&self) -> Result<(), DatabaseError> {
        let on_disk: BTreeSet<LogId> = self.logs.ids().into_iter().collect();
        let remembered: BTreeSet<LogId> = self.outbox.database().held_logs().await?.into_iter().collect();
        let gone =
            remembered.difference(&on_disk).map(|id| Record::LogEvicted { id: *id, at: Timestamp::now() });
        self.outbox.put(gone.collect()).await?;
        for id in on_disk.difference(&remembered) {
            if let Some(receipt) = self.receipt_of(*id).await? {
                self.outbox.put(vec![Record::LogStored(receipt)]).await?;
            }
        }
        Ok(())
    }

    /// The receipt that a stored log should have; none when it cannot be read, or proves nothing.
    async fn receipt_of(&self, id: LogId) -> Result<Option<Receipt>, DatabaseError> {
        let posts = self.outbox.database().posts_of_log(id).await?;
        let of_peer = posts.into_iter().find(|record| record.post.owner != self.me);
        let from = of_peer.map_or(Witness::Own, |record| Witness::Peer {
            reporter: record.post.owner,
            post: record.post.id,
        });
        let logs = Arc::clone(&self.logs);
        let read = spawn_blocking(move || {
            let log = logs.read(id).ok().flatten()?;
            let hash = log.hash();
            let verified = evidence::verify(log, hash).ok()?;
            Some(receipt(&verified, from))
        });
        Ok(read.await.ok().flatten())
    }
}

fn receipt(verified: &Verified<MaliciousLog>, from: Witness) -> Receipt {
    Receipt {
        file_hash: verified.get().hash(),
        bytes: u64::try_from(verified.get().bytes().len()).unwrap_or(u64::MAX),
        attacker_count: u32::try_from(verified.attackers().len()).unwrap_or(u32::MAX),
        stored: Timestamp::now(),
        from,
        evicted: None,
    }
}

#[cfg(test)]
mod tests;
