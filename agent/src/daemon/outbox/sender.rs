//! The queue on its way: what is about one thing in its order, all else side by side.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, stream};
use tokio::time::sleep;

use super::acts::{SendError, given_up, without_means};
use crate::{
    domain::PeerKey,
    ledger::{Ledger, LedgerError},
    record::{Affair, Outgoing, OutgoingId, Record},
    store::database::{Database, DatabaseError},
};

/// Items on their way at a time: a confirmation takes most of a second on a real cluster.
const AT_ONCE: usize = 8;
/// Items that are read from the database at a time.
const IN_MEMORY: u32 = 256;

/// Sends what the database holds.
pub(super) struct Sender {
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) database: Database,
    pub(super) me: PeerKey,
}

impl Sender {
    /// Sends everything but upkeep; whether nothing is left of it.
    pub(super) async fn send_all(&self) -> Result<bool, DatabaseError> {
        let (mut waiting, mut after) = (HashSet::new(), 0);
        loop {
            let mut queued = self.database.outbox(after, IN_MEMORY).await?;
            let Some((last, _)) = queued.last() else { return Ok(waiting.is_empty()) };
            after = *last;
            queued.retain(|(_, item)| !item.is_upkeep() && !waiting.contains(&item.affair()));
            let sent = stream::iter(by_affair(queued)).map(|items| self.send_in_order(items));
            waiting.extend(
                sent.buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect::<Vec<_>>().await,
            );
        }
    }

    /// Sends what is about one thing; gives that back when some of it has to wait, and with it what comes after it.
    async fn send_in_order(&self, items: Vec<(OutgoingId, Outgoing)>) -> Option<Affair> {
        for (id, item) in items {
            let affair = item.affair();
            if !self.send(id, item).await {
                return Some(affair);
            }
        }
        None
    }

    /// Sends what there is of upkeep, then nothing for so long.
    pub(super) async fn idle(&self, pause: Duration) {
        if let Err(error) = self.keep_up().await {
            tracing::error!("reading what is queued for the ledger: {error}");
        }
        // What a full disk took late rang no bell.
        sleep(pause).await;
    }

    /// Sends upkeep, one thing at a time.
    async fn keep_up(&self) -> Result<(), DatabaseError> {
        let mut after = 0;
        loop {
            let queued = self.database.outbox(after, IN_MEMORY).await?;
            let Some((last, _)) = queued.last() else { return Ok(()) };
            after = *last;
            for (id, item) in queued.into_iter().filter(|(_, item)| item.is_upkeep()) {
                self.send(id, item).await;
            }
        }
    }

    /// Whether the item is done with. Upkeep always is: what cannot be done now is found due again.
    async fn send(&self, id: OutgoingId, item: Outgoing) -> bool {
        let mut records = match self.act(&item).await {
            Ok(records) => records,
            Err(error) if item.is_upkeep() => {
                tracing::debug!("putting off {item}: {error}");
                if error.is_final() { given_up(&item) } else { vec![] }
            }
            Err(SendError::Ledger(error)) if error.is_final() => {
                tracing::error!("giving up on {item}: {error}");
                given_up(&item)
            }
            Err(SendError::Ledger(error @ LedgerError::OverBudget { .. })) => match without_means(&item) {
                Some(records) => {
                    tracing::info!("leaving out {item}: {error}");
                    records
                }
                None => {
                    tracing::debug!("{item} has to wait: {error}");
                    return false;
                }
            },
            Err(error) => {
                tracing::warn!("{item} has to wait: {error}");
                return false;
            }
        };
        records.push(Record::OutgoingDone(id));
        if let Err(error) = self.database.record(records).durable().await {
            tracing::error!("remembering that {item} was sent: {error}");
            return false;
        }
        true
    }
}

/// What is queued, together what is about the same thing, each in its order.
pub(super) fn by_affair(queued: Vec<(OutgoingId, Outgoing)>) -> Vec<Vec<(OutgoingId, Outgoing)>> {
    let (mut groups, mut places) = (Vec::<Vec<_>>::new(), HashMap::new());
    for (id, item) in queued {
        let place = *places.entry(item.affair()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push((id, item)),
            None => groups.push(vec![(id, item)]),
        }
    }
    groups
}
