//! What has to reach the ledger: sent in the order it was queued, kept until it arrived, never sent twice with effect.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio::{sync::Notify, time::timeout};

use crate::{
    backoff::Backoff,
    domain::{PeerKey, Post},
    ledger::{Ledger, LedgerError},
    record::{Outgoing, OutgoingId, PostRecord, PostState, Record},
    store::database::{Database, DatabaseError},
};

/// Items on their way at a time: a confirmation takes most of a second on a real cluster.
const AT_ONCE: usize = 8;
/// Items that are read from the database at a time.
const IN_MEMORY: u32 = 256;

/// Longest pause between two looks at the queue.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The queue to the ledger; clones wake the same sender.
#[derive(Clone, Debug, Default)]
pub(super) struct Outbox {
    bell: Arc<Notify>,
}

impl Outbox {
    /// Says that something new is queued.
    pub(super) fn wake(&self) {
        self.bell.notify_one();
    }

    /// Sends what is queued, for ever. What the ledger refuses for now is tried again, ever more slowly.
    pub(super) async fn run(self, ledger: Arc<dyn Ledger>, database: Database, me: PeerKey) {
        let sender = Sender { ledger, database, me };
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

struct Sender {
    ledger: Arc<dyn Ledger>,
    database: Database,
    me: PeerKey,
}

impl Sender {
    /// Whether nothing is left.
    async fn send_all(&self) -> Result<bool, DatabaseError> {
        let (mut unsent, mut after) = (0, 0);
        loop {
            let queued = self.database.outbox(after, IN_MEMORY).await?;
            let Some((last, _)) = queued.last() else { return Ok(unsent == 0) };
            after = *last;
            unsent += stream::iter(queued)
                .map(|(id, item)| self.send(id, item))
                .buffer_unordered(AT_ONCE)
                .filter(|sent| std::future::ready(!sent))
                .count()
                .await;
        }
    }

    /// Whether the item is done with.
    async fn send(&self, id: OutgoingId, item: Outgoing) -> bool {
        let result = match &item {
            Outgoing::Publish { .. } => self.publish(&item).await,
            Outgoing::Like { post } => self.like(post).await,
        };
        let mut records = match result {
            Ok(records) => records,
            Err(error) if error.is_final() => {
                tracing::error!("giving up on {item}: {error}");
                vec![]
            }
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

    async fn publish(&self, item: &Outgoing) -> Result<Vec<Record>, LedgerError> {
        let Outgoing::Publish { log_url, file_hash } = item else { return Ok(vec![]) };
        let published = self.ledger.publish(log_url, *file_hash).await?;
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
            file_hash: *file_hash,
            timestamp: Timestamp::now(),
            likes: 0,
            cycle: 0,
            mirror_urls: vec![],
        };
        let state = PostState::Own { tx: published.tx };
        Ok(vec![Record::Post(Box::new(PostRecord { post, seen: Timestamp::now(), state, liked: false }))])
    }

    async fn like(&self, post: &Post) -> Result<Vec<Record>, LedgerError> {
        let tx = self.ledger.like(post).await?;
        tracing::info!(step = "liked", post = %post.id, tx = tx.map(|tx| tx.to_string()), "liked {}", post.id);
        Ok(vec![Record::Liked(post.id)])
    }
}
