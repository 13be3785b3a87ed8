//! The ledger's part: who is a peer, and who liked the post.

use std::{collections::HashSet, hash::RandomState, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::{FutureExt, future::BoxFuture};
use sentinel_agent::{
    domain::{Peer, PeerKey, Post},
    fetch::{self, Copies, Holders, Wanted},
};
use tokio::{sync::watch, time::sleep};

/// How long after it was made a like is seen by all: a slot of Solana.
const SEEN_AFTER: Duration = Duration::from_millis(400);

/// A post, and all who want its log.
pub(crate) struct Network {
    pub(crate) post: Post,
    peers: Vec<Peer>,
    likers: watch::Sender<HashSet<PeerKey>>,
}

/// What one peer sees of it.
pub(crate) struct View {
    pub(crate) network: Arc<Network>,
    pub(crate) me: PeerKey,
}

impl Network {
    pub(crate) fn new(post: Post, peers: Vec<Peer>) -> Self {
        Self { post, peers, likers: watch::Sender::default() }
    }

    /// Who posted.
    pub(crate) fn reporter(&self) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.key == self.post.owner)
    }

    /// Likes the post, and ends when all see it.
    pub(crate) async fn like(&self, peer: PeerKey) {
        sleep(SEEN_AFTER).await;
        self.likers.send_if_modified(|likers| likers.insert(peer));
    }
}

#[async_trait]
impl Copies for View {
    async fn find(&self, _: &Wanted) -> Holders {
        let Network { post, peers, likers } = &*self.network;
        let likers = likers.borrow().clone();
        fetch::holders(post, peers, &likers, self.me, &RandomState::new())
    }

    async fn ahead(&self) -> usize {
        let Network { post, peers, .. } = &*self.network;
        fetch::ahead(self.me, post.owner, peers, post.file_hash)
    }

    fn news(&self) -> BoxFuture<'_, ()> {
        let mut likers = self.network.likers.subscribe();
        async move { drop(likers.changed().await) }.boxed()
    }
}
