//! What has to reach the ledger: sent in the order it was queued, kept until it arrived, never sent twice with effect.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio::{sync::Notify, time::timeout};

use crate::{
    backoff::Backoff,
    domain::{FileHash, LogUrl, PeerKey, Post, PostId, TxId},
    ledger::{Ledger, LedgerError},
    record::{Affair, Outgoing, OutgoingId, PostRecord, PostState, Record},
    store::database::{Database, DatabaseError},
};

/// Items on their way at a time: a confirmation takes most of a second on a real cluster.
const AT_ONCE: usize = 8;
/// Items that are read from the database at a time.
const IN_MEMORY: u32 = 256;

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
                Ok(true) => {
                    backoff.reset();
                    // What a full disk took late rang no bell.
                    let _ = timeout(LONGEST_PAUSE, self.bell.notified()).await;
                }
                Ok(false) => {
                    // New work gets a try of its own even while older work waits.
                    let _ = timeout(backoff.pause(), self.bell.notified()).await;
                }
                Err(error) => {
                    tracing::error!("reading what is queued for the ledger: {error}");
                    tokio::time::sleep(LONGEST_PAUSE).await;
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

/// What is queued, together what is about the same thing, each in its order.
fn by_affair(queued: Vec<(OutgoingId, Outgoing)>) -> Vec<Vec<(OutgoingId, Outgoing)>> {
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

/// Why an item was not sent.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// What to remember of an item that is never sent.
fn given_up(item: &Outgoing) -> Vec<Record> {
    match item {
        Outgoing::AddMirror { post, .. } => vec![Record::NotAnnounced(*post)],
        _ => vec![],
    }
}

/// The same where there is too little to spend; none for what waits until there is more. Likes and mirrors are left out,
/// so that the next day's posts do not queue behind them.
fn without_means(item: &Outgoing) -> Option<Vec<Record>> {
    match item {
        Outgoing::Publish { .. } | Outgoing::Dispute { .. } | Outgoing::RemoveMirror { .. } => None,
        Outgoing::Like { .. } | Outgoing::AddMirror { .. } => Some(given_up(item)),
    }
}

struct Sender {
    ledger: Arc<dyn Ledger>,
    database: Database,
    me: PeerKey,
}

impl Sender {
    /// Whether nothing is left.
    async fn send_all(&self) -> Result<bool, DatabaseError> {
        let (mut waiting, mut after) = (HashSet::new(), 0);
        loop {
            let mut queued = self.database.outbox(after, IN_MEMORY).await?;
            let Some((last, _)) = queued.last() else { return Ok(waiting.is_empty()) };
            after = *last;
            queued.retain(|(_, item)| !waiting.contains(&item.affair()));
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

    /// Whether the item is done with.
    async fn send(&self, id: OutgoingId, item: Outgoing) -> bool {
        let mut records = match self.act(&item).await {
            Ok(records) => records,
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

    /// Sends the item; gives back what is to be remembered besides that it was sent.
    async fn act(&self, item: &Outgoing) -> Result<Vec<Record>, SendError> {
        match item {
            Outgoing::Publish { log_url, file_hash } => self.publish(log_url, *file_hash).await,
            Outgoing::Like { post } => self.like(post).await,
            Outgoing::Dispute { post } => self.dispute(post).await,
            Outgoing::AddMirror { post, url } => self.add_mirror(*post, url).await,
            Outgoing::RemoveMirror { post, url } => self.remove_mirror(*post, url).await,
        }
    }

    async fn publish(&self, log_url: &LogUrl, file_hash: FileHash) -> Result<Vec<Record>, SendError> {
        let published = self.ledger.publish(log_url, file_hash).await?;
        tracing::info!(
            step = "posted",
            post = %published.post,
            tx = published.tx.map(|tx| tx.to_string()),
            log = %file_hash.log_id(),
            "posted {}", published.post
        );
        let post = Post {
            id: published.post,
            owner: self.me,
            log_url: log_url.to_string(),
            file_hash,
            timestamp: Timestamp::now(),
            likes: 0,
            disputes: 0,
            retracted: false,
            cycle: 0,
            mirrors: vec![],
        };
        let known = self.database.post(published.post).await?;
        Ok(own_post(known, post, published.tx).map(|own| Record::Post(Box::new(own))).into_iter().collect())
    }

    async fn dispute(&self, post: &Post) -> Result<Vec<Record>, SendError> {
        let tx = self.ledger.dispute(post).await?;
        let tx = tx.map(|tx| tx.to_string());
        tracing::info!(step = "disputed", post = %post.id, tx, "disputed {}", post.id);
        Ok(vec![])
    }

    /// A copy that is announced elsewhere by now, or nowhere, is left out: the program refuses what lies outside the
    /// endpoint of today, and what comes after it would wait for ever.
    async fn add_mirror(&self, post: PostId, url: &LogUrl) -> Result<Vec<Record>, SendError> {
        if self.database.announcement(post).await?.is_none_or(|announced| announced.url != *url) {
            return Ok(vec![]);
        }
        let tx = self.ledger.add_mirror(post, url).await?;
        tracing::info!(step = "mirrored", %post, tx = tx.map(|tx| tx.to_string()), "mirroring post {post}");
        Ok(vec![])
    }

    async fn remove_mirror(&self, post: PostId, url: &str) -> Result<Vec<Record>, SendError> {
        let tx = self.ledger.remove_mirror(post, url).await?;
        let tx = tx.map(|tx| tx.to_string());
        tracing::info!(step = "withdrawn", %post, tx, "no longer mirroring post {post}");
        Ok(vec![])
    }

    async fn like(&self, post: &Post) -> Result<Vec<Record>, SendError> {
        let tx = self.ledger.like(post).await?;
        tracing::info!(step = "liked", post = %post.id, tx = tx.map(|tx| tx.to_string()), "liked {}", post.id);
        Ok(vec![Record::Liked(post.id)])
    }
}

/// What is to be remembered of a post that was published; none when it is known. What was sent twice, because a crash
/// kept the first time from being remembered, is `known` with what became of it meanwhile.
fn own_post(known: Option<PostRecord>, post: Post, tx: Option<TxId>) -> Option<PostRecord> {
    let Some(known) = known else {
        return Some(PostRecord {
            post,
            seen: Timestamp::now(),
            state: PostState::Own { tx },
            liked: false,
            disputed: None,
        });
    };
    let lacks_tx = !matches!(known.state, PostState::Own { tx: Some(_) });
    (lacks_tx && tx.is_some()).then_some(PostRecord { state: PostState::Own { tx }, ..known })
}

#[cfg(test)]
mod tests;
