//! What is wanted, and who may have it.

use std::future;

use async_trait::async_trait;
use futures_util::{FutureExt, future::BoxFuture};

use super::Holders;
use crate::domain::{FileHash, MAX_MIRRORS, PeerKey, Post};

/// Who may have a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Where it is asked for, as posted: a stranger's text.
    pub url: String,
    /// Whose server that is, where it is known: its own key is as good as an authority's word.
    pub peer: Option<PeerKey>,
}

/// A log that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What it hashes to.
    pub file_hash: FileHash,
    /// Who reported it: accepted as the server wherever no other peer is named.
    pub reporter: Option<PeerKey>,
    /// Who may have it, in the order in which they are tried.
    pub holders: Vec<Holder>,
}

impl Wanted {
    /// The log at a URL of which nothing else is known.
    #[must_use]
    pub fn at(url: impl Into<String>, file_hash: FileHash) -> Self {
        let holders = vec![Holder { url: url.into(), peer: None }];
        Self { file_hash, reporter: None, holders }
    }

    /// The same, from a server that may show the key of `peer` instead of a certificate that an authority vouches for.
    #[must_use]
    pub fn of_peer(self, peer: PeerKey) -> Self {
        let holders = self.holders.into_iter().map(|holder| Holder { peer: Some(peer), ..holder }).collect();
        Self { holders, ..self }
    }
}

impl From<&Post> for Wanted {
    /// The log of a post: from where its owner serves it, then from the mirrors that the post names.
    fn from(post: &Post) -> Self {
        let owners = Holder { url: post.log_url.clone(), peer: Some(post.owner) };
        let mirrors = post.mirrors.iter().take(MAX_MIRRORS);
        let mirrors = mirrors.map(|mirror| Holder { url: mirror.url.clone(), peer: Some(mirror.peer) });
        Self {
            file_hash: post.file_hash,
            reporter: Some(post.owner),
            holders: std::iter::once(owners).chain(mirrors).collect(),
        }
    }
}

/// Knows who else has a log, and who else wants it.
#[async_trait]
pub trait Copies: Send + Sync {
    /// Who has this log; asked in every round in which the first holder fails, and while others come first. Of one that
    /// is known already it is only noted whose server it is; the others are tried after all that are known.
    async fn find(&self, wanted: &Wanted) -> Holders;

    /// How many come first. None unless it is told.
    async fn ahead(&self) -> usize {
        0
    }

    /// Ends when more may have it than at the time of this call. Never unless it is told.
    fn news(&self) -> BoxFuture<'_, ()> {
        future::pending().boxed()
    }
}

/// Nobody else has it.
#[async_trait]
impl Copies for () {
    async fn find(&self, _: &Wanted) -> Holders {
        Holders::default()
    }
}
