//! Who of the network has a post's log.

use std::{collections::HashSet, hash::BuildHasher};

use super::{Holder, queue};
use crate::domain::{LogUrl, Peer, PeerKey, Post};

/// Likers that are asked in one round: others in the next, since they are drawn.
const DRAWN: usize = 4;

/// Who has a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// Those to ask, in this order.
    pub to_ask: Vec<Holder>,
    /// How many there are, those included who are not to be asked now.
    pub count: usize,
}

/// Who has the log of a post: its mirrors, some of those who liked it and so have verified it, and its owner at the
/// endpoint of today if that is not where the post says. Of the likers `me` begins with another one than its neighbours in
/// the queue do, so that none has more than its share; the rest comes in the order that `draw` brings them into. `me` is
/// never asked.
#[must_use]
pub fn holders(
    post: &Post,
    peers: &[Peer],
    likers: &HashSet<PeerKey>,
    me: PeerKey,
    draw: &impl BuildHasher,
) -> Holders {
    let id = post.file_hash.log_id();
    let copy_of = |peer: &Peer| {
        let url = LogUrl::of_mirror(peer.base_url(), id).ok()?;
        Some(Holder { url: url.to_string(), peer: Some(peer.key) })
    };
    let mirrors = post.mirrors.iter().filter(|mirror| mirror.peer != me);
    let mirrors = mirrors.map(|mirror| Holder { url: mirror.url.clone(), peer: Some(mirror.peer) });
    let mut to_ask: Vec<Holder> = mirrors.collect();
    let may_have_it = |peer: &&Peer| {
        let is_mirror = post.mirrors.iter().any(|mirror| mirror.peer == peer.key);
        let is_other = peer.key != me && peer.key != post.owner && !is_mirror;
        is_other && peer.active && likers.contains(&peer.key)
    };
    let mut drawn: Vec<&Peer> = peers.iter().filter(may_have_it).collect();
    let count = to_ask.len() + drawn.len();
    drawn.sort_by_cached_key(|peer| queue::lot(post.file_hash, peer.key));
    let rank = queue::rank(me, post.owner, peers, post.file_hash);
    let mine = rank.checked_rem(drawn.len()).unwrap_or_default();
    drawn.rotate_left(mine);
    if let [_, others @ ..] = &mut *drawn {
        others.sort_by_cached_key(|peer| draw.hash_one(peer.key));
    }
    let has_moved = |peer: &&Peer| peer.key == post.owner && peer.active && !peer.serves(&post.log_url);
    let reporter = peers.iter().find(has_moved);
    to_ask.extend(drawn.into_iter().take(DRAWN).chain(reporter).filter_map(copy_of));
    Holders { to_ask, count }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, hash::RandomState};

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
            disputes: 0,
            retracted: false,
            cycle: 0,
            mirrors: mirrors
                .iter()
                .map(|peer| Mirror { peer: key(*peer), url: format!("https://mirror-{peer}.example/") })
                .collect(),
        }
    }

    #[test]
    fn who_liked_a_post_and_is_active_is_asked_for_the_log_by_its_hash() {
        let peers = [peer(1, true), peer(2, true), peer(3, false), peer(4, true), peer(9, true)];
        let likers = HashSet::from([key(1), key(2), key(3), key(9), key(77)]);
        let found = holders(&post(&[]), &peers, &likers, key(9), &RandomState::new());
        let url = "https://peer-2.example:9000/mirrors/ba7816bf8f01cfea".to_owned();
        assert_eq!(found.to_ask, [Holder { url, peer: Some(key(2)) }]);
    }

    #[test]
    fn who_mirrors_a_post_is_not_asked_a_second_time_for_having_liked_it() {
        let (peers, likers) = ([peer(2, true), peer(3, true)], HashSet::from([key(2), key(3)]));
        let found = holders(&post(&[3, 9]), &peers, &likers, key(9), &RandomState::new());
        let asked: Vec<_> = found.to_ask.iter().map(|holder| holder.peer).collect();
        assert_eq!(asked, [Some(key(3)), Some(key(2))]);
        assert_eq!(found.to_ask[0].url, "https://mirror-3.example/");
    }

    #[test]
    fn a_reporter_whose_address_changed_is_asked_at_its_new_one() {
        let mut reporter = peer(1, true);
        reporter.endpoint = "https://192.0.2.9:9000".into();
        let peers = [peer(2, true), reporter];
        let found = holders(&post(&[]), &peers, &HashSet::from([key(2)]), key(9), &RandomState::new());
        let urls: Vec<_> = found.to_ask.iter().map(|holder| holder.url.as_str()).collect();
        let at = |host: &str| format!("https://{host}:9000/mirrors/ba7816bf8f01cfea");
        assert_eq!((urls, found.count), (vec![&*at("peer-2.example"), &*at("192.0.2.9")], 1));
    }

    #[test]
    fn of_many_who_liked_it_everybody_draws_others() {
        let peers: Vec<Peer> = (10..200).map(|number| peer(number, true)).collect();
        let likers = peers.iter().map(|peer| peer.key).collect();
        let draw = || holders(&post(&[]), &peers, &likers, key(9), &RandomState::new());
        let drawn: HashSet<String> = (0..20).flat_map(|_| draw().to_ask).map(|holder| holder.url).collect();
        assert_eq!((draw().to_ask.len(), draw().count), (DRAWN, 190));
        assert!(drawn.len() > 20, "{}", drawn.len());
    }

    #[test]
    fn those_who_wait_in_line_spread_evenly_over_those_who_have_it() {
        let peers: Vec<Peer> = (1..=50).map(|number| peer(number, true)).collect();
        let post = post(&[]);
        let rank = |peer: &Peer| queue::rank(peer.key, post.owner, &peers, post.file_hash);
        let (first, others): (Vec<_>, Vec<_>) = peers[1..].iter().partition(|peer| rank(peer) < 8);
        let likers = first.iter().map(|peer| peer.key).collect();
        let mut asked: HashMap<String, usize> = HashMap::new();
        for other in others {
            let mut found = holders(&post, &peers, &likers, other.key, &RandomState::new());
            *asked.entry(found.to_ask.swap_remove(0).url).or_default() += 1;
        }
        assert_eq!(asked.len(), 8);
        assert!(asked.values().all(|count| [5, 6].contains(count)), "{asked:?}");
    }
}
