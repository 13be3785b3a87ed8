//! Who else has a post's log, and who else wants it, as the ledger tells: whoever liked it has verified it, and can serve a copy.
//!
//! The peers are read all together, since the place in the queue depends on all; that is too much to ask for each request
//! that the server gets, so it looks them up by itself, in `directory`.

use std::{
    hash::RandomState,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::{Mutex, broadcast};

use crate::{
    domain::{Peer, PeerKey, Post, PostId},
    fetch::{self, Copies, Holders, Wanted, holders},
    ledger::{Ledger, LedgerError},
};

/// Likes that whoever waits for them may be behind.
const NEWS: usize = 64;
/// How long the ledger's peers are remembered.
const FRESH: Duration = Duration::from_secs(60);

/// Knows from the ledger who has a log.
pub(super) struct Likers {
    ledger: Arc<dyn Ledger>,
    me: PeerKey,
    peers: Mutex<Option<(Instant, Arc<[Peer]>)>>,
    liked: broadcast::Sender<PostId>,
}

impl Likers {
    /// On behalf of `me`, who is never asked.
    pub(super) fn new(ledger: Arc<dyn Ledger>, me: PeerKey) -> Self {
        Self { ledger, me, peers: Mutex::default(), liked: broadcast::Sender::new(NEWS) }
    }

    /// Tells whoever waits for the log of this post that more may have it.
    pub(super) fn liked(&self, post: PostId) {
        // Most of the time nobody waits.
        let _ = self.liked.send(post);
    }

    /// Who has the log of this post.
    pub(super) fn of<'a>(&'a self, post: &'a Post) -> impl Copies + 'a {
        OfPost { likers: self, post }
    }

    /// All peers; who waits for them while they are being read gets the same.
    async fn peers(&self) -> Result<Arc<[Peer]>, LedgerError> {
        let mut remembered = self.peers.lock().await;
        if let Some((read, peers)) = &*remembered
            && read.elapsed() < FRESH
        {
            return Ok(Arc::clone(peers));
        }
        let peers: Arc<[Peer]> = self.ledger.peers().await?.into();
        *remembered = Some((Instant::now(), Arc::clone(&peers)));
        Ok(peers)
    }

    async fn holders(&self, post: &Post) -> Result<Holders, LedgerError> {
        let peers = self.peers().await?;
        let likers = self.ledger.likers(post.id).await?.into_iter().collect();
        Ok(holders(post, &peers, &likers, self.me, &RandomState::new()))
    }
}

struct OfPost<'a> {
    likers: &'a Likers,
    post: &'a Post,
}

impl OfPost<'_> {
    /// Whoever is not known is nobody.
    fn unknown<T: Default>(&self, error: &LedgerError) -> T {
        tracing::debug!(post = %self.post.id, "looking for copies of a log: {error}");
        T::default()
    }
}

#[async_trait]
impl Copies for OfPost<'_> {
    async fn find(&self, _: &Wanted) -> Holders {
        let found = self.likers.holders(self.post).await;
        found.unwrap_or_else(|error| self.unknown(&error))
    }

    async fn ahead(&self) -> usize {
        match self.likers.peers().await {
            Ok(peers) => fetch::ahead(self.likers.me, self.post.owner, &peers, self.post.file_hash),
            Err(error) => self.unknown(&error),
        }
    }

    fn news(&self) -> BoxFuture<'_, ()> {
        let mut liked = self.likers.liked.subscribe();
        // Whoever missed some looks too.
        async move { while liked.recv().await.is_ok_and(|post| post != self.post.id) {} }.boxed()
    }
}
