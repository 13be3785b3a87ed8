//! What is wanted, and who may have it.

use std::future;

use async_trait::async_trait;
use futures_util::{FutureExt, future::BoxFuture};

use super::Holders;
use crate::domain::{FileHash, LogUrl, Peer, PeerKey, Post};

/// On whose word a log is looked for at a place. Anybody can post any URL, so it decides who is asked when, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The caller's, who knows the place.
    Named,
    /// The reporter's, of its own server: the URL lies under the endpoint that the ledger has of it.
    Own,
    /// Another peer's, of its own server, which vouches for having it: it liked the post and has karma, which nobody has
    /// for the asking.
    Vouched,
    /// Another peer's, of its own server, which anybody can say.
    Copy,
    /// The reporter's, of a server that is not its own by the ledger: it may be anybody's, and is asked last.
    Elsewhere,
}

/// Who may have a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Where it is asked for, as posted: a stranger's text.
    pub url: String,
    /// Whose server that is, where it is known: its own key is as good as an authority's word.
    pub peer: Option<PeerKey>,
    /// On whose word.
    pub claim: Claim,
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
        let holders = vec![Holder { url: url.into(), peer: None, claim: Claim::Named }];
        Self { file_hash, reporter: None, holders }
    }

    /// The same, from a server that may show the key of `peer` instead of a certificate that an authority vouches for.
    #[must_use]
    pub fn of_peer(self, peer: PeerKey) -> Self {
        let holders = self.holders.into_iter().map(|holder| Holder { peer: Some(peer), ..holder }).collect();
        Self { holders, ..self }
    }

    /// The log of a post, from `reporter`, who owns it, as the ledger knows it now: from where it was posted; where that is
    /// not under the reporter's endpoint, as after a move, from there, and from where it was posted when all else failed.
    ///
    /// Who has a copy [`Copies`] say, the post's mirrors among them: they are believed only as far as the ledger's peers
    /// confirm them.
    #[must_use]
    pub fn of_post(post: &Post, reporter: Option<&Peer>) -> Self {
        let at = |url, claim| Holder { url, peer: Some(post.owner), claim };
        let is_own = reporter.is_some_and(|reporter| reporter.serves(&post.log_url));
        let moved = reporter.filter(|_| !is_own).map(Peer::base_url);
        let today = moved.and_then(|base| LogUrl::of_mirror(base, post.file_hash.log_id()).ok());
        let today = today.map(|url| at(url.to_string(), Claim::Own));
        let posted = at(post.log_url.clone(), if is_own { Claim::Own } else { Claim::Elsewhere });
        Self {
            file_hash: post.file_hash,
            reporter: Some(post.owner),
            holders: today.into_iter().chain([posted]).collect(),
        }
    }
}

/// Knows who else has a log, and who else wants it.
#[async_trait]
pub trait Copies: Send + Sync {
    /// Who has this log; asked in every round in which the reporter fails, and while others come first. Of one that is
    /// known already it is only noted whose server it is; the others are tried after all that are known, but for
    /// [`Claim::Elsewhere`].
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::{Karma, PostId};

    const POSTED: &str = "https://peer-1.example:9000/logs/ba7816bf8f01cfea";

    /// Where the log of a post is looked for whose owner has this endpoint.
    fn places(endpoint: &str) -> Vec<(String, Claim)> {
        let (key, joined) = (PeerKey([1; 32]), Timestamp::UNIX_EPOCH);
        let reporter = Peer { key, active: true, karma: Karma(1), endpoint: endpoint.into(), joined };
        let post = Post {
            id: PostId([7; 32]),
            owner: key,
            log_url: POSTED.into(),
            file_hash: FileHash::of(b"abc"),
            timestamp: joined,
            likes: 0,
            disputes: 0,
            retracted: false,
            cycle: 0,
            mirrors: Vec::new(),
        };
        let holders = Wanted::of_post(&post, Some(&reporter)).holders;
        holders.into_iter().map(|holder| (holder.url, holder.claim)).collect()
    }

    #[test]
    fn a_reporter_is_asked_where_it_posted_as_long_as_that_is_its_own_server() {
        assert_eq!(places("https://peer-1.example:9000/"), [(POSTED.to_owned(), Claim::Own)]);
    }

    #[test]
    fn a_reporter_whose_address_changed_is_asked_at_its_new_one_first() {
        let today = "https://192.0.2.9:9000/mirrors/ba7816bf8f01cfea".to_owned();
        let expected = [(today, Claim::Own), (POSTED.to_owned(), Claim::Elsewhere)];
        assert_eq!(places("https://192.0.2.9:9000"), expected);
    }

    #[test]
    fn a_reporter_without_a_server_does_not_make_anybodys_its_own() {
        for endpoint in ["", "https:", "https://"] {
            assert_eq!(places(endpoint).last().unwrap(), &(POSTED.to_owned(), Claim::Elsewhere));
        }
    }
}
