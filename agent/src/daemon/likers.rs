//! Who else has a post's log: whoever liked it has verified it, and can serve a copy.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::sync::Mutex;

use crate::{
    domain::{LogUrl, Peer, PeerKey, Post},
    fetch::{Copies, Source, Wanted},
    ledger::{Ledger, LedgerError},
};

/// Likers that are asked in one round: others in the next, since they are drawn.
const DRAWN: usize = 4;
/// How long the ledger's peers are remembered.
const FRESH: Duration = Duration::from_secs(60);

/// Knows from the ledger who has a log.
pub(super) struct Likers {
    ledger: Arc<dyn Ledger>,
    me: PeerKey,
    peers: Mutex<Option<(Instant, Arc<[Peer]>)>>,
}

impl Likers {
    /// On behalf of `me`, who is never asked.
    pub(super) fn new(ledger: Arc<dyn Ledger>, me: PeerKey) -> Self {
        Self { ledger, me, peers: Mutex::default() }
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

    async fn copies(&self, post: &Post) -> Result<Vec<Source>, LedgerError> {
        let peers = self.peers().await?;
        let likers = self.ledger.likers(post.id).await?.into_iter().collect();
        Ok(copies(post, &peers, &likers, &self.me, &RandomState::new()))
    }
}

/// Where the reporter serves by now if it has moved, then some of those who liked a post, in the order that `draw` brings them
/// into. Who mirrors it is asked anyway.
fn copies(
    post: &Post,
    peers: &[Peer],
    likers: &HashSet<PeerKey>,
    me: &PeerKey,
    draw: &impl BuildHasher,
) -> Vec<Source> {
    let id = post.file_hash.log_id();
    let copy_of = |peer: &Peer| {
        let url = LogUrl::of_mirror(peer.base_url(), id).ok()?;
        Some(Source { url: url.to_string(), peer: Some(peer.key) })
    };
    let has_moved = |peer: &&Peer| peer.key == post.owner && peer.active && !peer.serves(&post.log_url);
    let reporter = peers.iter().find(has_moved).and_then(copy_of);
    let may_have_it = |peer: &&Peer| {
        let is_mirror = post.mirrors.iter().any(|mirror| mirror.peer == peer.key);
        let is_other = peer.key != *me && peer.key != post.owner && !is_mirror;
        is_other && peer.active && !peer.endpoint.is_empty() && likers.contains(&peer.key)
    };
    let mut drawn: Vec<&Peer> = peers.iter().filter(may_have_it).collect();
    drawn.sort_by_cached_key(|peer| draw.hash_one(peer.key));
    let likers = drawn.into_iter().filter_map(copy_of);
    reporter.into_iter().chain(likers.take(DRAWN)).collect()
}

struct OfPost<'a> {
    likers: &'a Likers,
    post: &'a Post,
}

#[async_trait]
impl Copies for OfPost<'_> {
    async fn find(&self, _: &Wanted) -> Vec<Source> {
        let found = self.likers.copies(self.post).await;
        found.unwrap_or_else(|error| {
            tracing::debug!(post = %self.post.id, "looking for copies of a log: {error}");
            Vec::new()
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::Timestamp;

    use super::*;
    use crate::domain::{FileHash, Karma, Mirror, PostId};

    fn key(number: u8) -> PeerKey {
        PeerKey([number; 32])
    }

    fn peer(number: u8, active: bool) -> Peer {
        let endpoint = format!("https://peer-{number}.example:9000/");
        Peer { key: key(number), active, karma: Karma(1), endpoint, joined: Timestamp::UNIX_EPOCH }
    }

    fn post(mirrors: &[u8]) -> Post {
        Post {
            id: PostId([7; 32]),
            owner: key(1),
            log_url: "https://peer-1.example:9000/logs/ba7816bf8f01cfea".into(),
            file_hash: FileHash::of(b"abc"),
            timestamp: Timestamp::UNIX_EPOCH,
            likes: 0,
            cycle: 0,
            mirrors: mirrors.iter().map(|peer| Mirror { peer: key(*peer), url: String::new() }).collect(),
        }
    }

    #[test]
    fn who_liked_a_post_and_is_active_is_asked_for_the_log_by_its_hash() {
        let peers = [peer(1, true), peer(2, true), peer(3, false), peer(4, true), peer(9, true)];
        let likers = HashSet::from([key(1), key(2), key(3), key(9), key(77)]);
        let found = copies(&post(&[]), &peers, &likers, &key(9), &RandomState::new());
        let url = "https://peer-2.example:9000/mirrors/ba7816bf8f01cfea".to_owned();
        assert_eq!(found, [Source { url, peer: Some(key(2)) }]);
    }

    #[test]
    fn who_mirrors_a_post_is_not_asked_a_second_time_for_having_liked_it() {
        let (peers, likers) = ([peer(2, true), peer(3, true)], HashSet::from([key(2), key(3)]));
        let found = copies(&post(&[3]), &peers, &likers, &key(9), &RandomState::new());
        assert_eq!(found.iter().map(|source| source.peer).collect::<Vec<_>>(), [Some(key(2))]);
    }

    #[test]
    fn a_reporter_whose_address_changed_is_asked_at_its_new_one_first() {
        let mut reporter = peer(1, true);
        reporter.endpoint = "https://192.0.2.9:9000".into();
        let peers = [peer(2, true), reporter];
        let found = copies(&post(&[]), &peers, &HashSet::from([key(2)]), &key(9), &RandomState::new());
        let urls: Vec<_> = found.iter().map(|source| source.url.as_str()).collect();
        let at = |host: &str| format!("https://{host}:9000/mirrors/ba7816bf8f01cfea");
        assert_eq!(urls, [at("192.0.2.9"), at("peer-2.example")]);
        assert_eq!(found[0].peer, Some(key(1)));
    }

    #[test]
    fn of_many_who_liked_it_everybody_draws_others() {
        let peers: Vec<Peer> = (10..200).map(|number| peer(number, true)).collect();
        let likers = peers.iter().map(|peer| peer.key).collect();
        let draw = || copies(&post(&[]), &peers, &likers, &key(9), &RandomState::new());
        let drawn: HashSet<String> = (0..20).flat_map(|_| draw()).map(|source| source.url).collect();
        assert_eq!(draw().len(), DRAWN);
        assert!(drawn.len() > 20, "{}", drawn.len());
    }
}
