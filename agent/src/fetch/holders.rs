//! Who of the network has a post's log.

use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
};

use url::Origin;

use super::{Claim, Holder, queue};
use crate::domain::{Karma, LogUrl, MAX_MIRRORS, Peer, PeerKey, Post};

/// Likers that are asked in one round: others in the next, since they are drawn.
const DRAWN: usize = 4;

/// Who has a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// Those to ask, in this order.
    pub to_ask: Vec<Holder>,
    /// How many vouch for having one, those included who are not to be asked now: they liked the post and have karma,
    /// which nobody has for the asking. They come first.
    pub vouching: usize,
}

/// A peer that has a copy, by its word.
struct Candidate<'a> {
    peer: &'a Peer,
    url: LogUrl,
    is_vouched_for: bool,
    is_mirror: bool,
}

/// Who has a copy of the log of a post: its mirrors, and some of those who liked it and so have verified it, all at the
/// endpoints that the ledger has of them now. Of those who are as good as the first, `me` begins with another one than
/// its neighbours in the queue do, so that none has more than its share; the rest comes in the order that `draw` brings
/// them into. `me` is never asked.
///
/// A mirror counts only where its URL is the one that its peer's endpoint makes: so nobody sends others to more URLs than
/// there are servers, and a former endpoint, which may be a stranger's by now, is no longer asked. Of several peers with
/// the same server only the one that joined first is asked there.
#[must_use]
pub fn holders(
    post: &Post,
    peers: &[Peer],
    likers: &HashSet<PeerKey>,
    me: PeerKey,
    draw: &impl BuildHasher,
) -> Holders {
    let mut copies = candidates(post, peers, likers, me);
    let class = |copy: &Candidate<'_>| (!copy.is_vouched_for, !copy.is_mirror);
    copies.sort_by_cached_key(|copy| (class(copy), queue::lot(post.file_hash, copy.peer.key)));
    let alike = copies.chunk_by_mut(|one, next| class(one) == class(next)).next().unwrap_or_default();
    let rank = queue::rank(me, post.owner, peers, post.file_hash);
    alike.rotate_left(rank.checked_rem(alike.len()).unwrap_or_default());
    if let [_, others @ ..] = &mut *copies {
        others.sort_by_cached_key(|copy| (class(copy), draw.hash_one(copy.peer.key)));
    }
    let vouching = copies.iter().filter(|copy| copy.is_vouched_for).count();
    let most = DRAWN + copies.iter().filter(|copy| copy.is_mirror).count();
    let holder = |copy: Candidate<'_>| Holder {
        url: copy.url.to_string(),
        peer: Some(copy.peer.key),
        claim: if copy.is_vouched_for { Claim::Vouched } else { Claim::Copy },
    };
    Holders { to_ask: copies.into_iter().take(most).map(holder).collect(), vouching }
}

/// All who have a copy by their own word, each at a server that nobody else can rather call its own.
fn candidates<'a>(
    post: &Post,
    peers: &'a [Peer],
    likers: &HashSet<PeerKey>,
    me: PeerKey,
) -> Vec<Candidate<'a>> {
    let mirrors = || post.mirrors.iter().take(MAX_MIRRORS);
    let is_other = |peer: &&Peer| peer.active && peer.key != me && peer.key != post.owner;
    let says_so =
        |peer: &&Peer| likers.contains(&peer.key) || mirrors().any(|mirror| mirror.peer == peer.key);
    let claiming: Vec<&Peer> = peers.iter().filter(is_other).filter(says_so).collect();
    // Most posts have none, and to know whose a server is takes a look at all peers.
    if claiming.is_empty() {
        return Vec::new();
    }
    let owners = owners(peers);
    let candidate = |peer: &'a Peer| {
        let url = LogUrl::of_mirror(peer.base_url(), post.file_hash.log_id()).ok()?;
        let is_mirror = mirrors().any(|mirror| mirror.peer == peer.key && mirror.url == url.as_str());
        let likes = likers.contains(&peer.key);
        let is_vouched_for = likes && peer.karma > Karma(0);
        (likes || is_mirror).then_some(Candidate { peer, url, is_vouched_for, is_mirror })
    };
    claiming.into_iter().filter(|peer| owners.contains(&peer.key)).filter_map(candidate).collect()
}

/// Those who own a server by the ledger: of all active peers that call it theirs, the first.
fn owners(peers: &[Peer]) -> HashSet<PeerKey> {
    let mut by_age: Vec<&Peer> = peers.iter().filter(|peer| peer.active).collect();
    by_age.sort_by_key(|peer| (peer.joined, peer.key));
    // Of the peers with one server the last to be collected stays.
    let owners = by_age.iter().rev().filter_map(|peer| Some((peer.server()?, peer.key)));
    owners.collect::<HashMap<Origin, PeerKey>>().into_values().collect()
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

    fn copy_at(host: &str) -> String {
        format!("https://{host}:9000/mirrors/ba7816bf8f01cfea")
    }

    fn asked(found: &Holders) -> Vec<&str> {
        found.to_ask.iter().map(|holder| holder.url.as_str()).collect()
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
                .map(|peer| Mirror { peer: key(*peer), url: copy_at(&format!("peer-{peer}.example")) })
                .collect(),
        }
    }

    #[test]
    fn who_liked_a_post_and_is_active_is_asked_for_the_log_by_its_hash() {
        let peers = [peer(1, true), peer(2, true), peer(3, false), peer(4, true), peer(9, true)];
        let likers = HashSet::from([key(1), key(2), key(3), key(9), key(77)]);
        let found = holders(&post(&[]), &peers, &likers, key(9), &RandomState::new());
        let url = copy_at("peer-2.example");
        assert_eq!(found.to_ask, [Holder { url, peer: Some(key(2)), claim: Claim::Vouched }]);
    }

    #[test]
    fn who_mirrors_a_post_is_not_asked_a_second_time_for_having_liked_it() {
        let (peers, likers) = ([peer(2, true), peer(3, true)], HashSet::from([key(2), key(3)]));
        let found = holders(&post(&[3, 9]), &peers, &likers, key(9), &RandomState::new());
        assert_eq!(asked(&found), ["peer-3.example", "peer-2.example"].map(copy_at));
    }

    #[test]
    fn a_mirror_counts_only_under_the_endpoint_that_its_peer_has_now() {
        let peers: Vec<Peer> = (2..=5).map(|number| peer(number, true)).collect();
        let mut post = post(&[2, 3, 4, 5]);
        post.mirrors[0].url = copy_at("former.example");
        post.mirrors[1].url += "?1";
        post.mirrors[2].url = copy_at("peer-5.example");
        let found = holders(&post, &peers, &HashSet::new(), key(9), &RandomState::new());
        assert_eq!(asked(&found), [copy_at("peer-5.example")]);
    }

    #[test]
    fn a_server_is_asked_once_and_as_that_of_the_peer_that_joined_first() {
        let mut peers = [peer(2, true), peer(3, true), peer(4, true)];
        peers[1].endpoint = "https://PEER-2.example:9000".into();
        peers[1].joined = "2026-01-01T00:00:00Z".parse().unwrap();
        peers[2].endpoint = "https://peer-2.example:9000/4".into();
        peers[2].joined = "2026-01-01T00:00:00Z".parse().unwrap();
        let likers = peers.iter().map(|peer| peer.key).collect();
        let find = |peers: &[Peer]| holders(&post(&[]), peers, &likers, key(9), &RandomState::new());
        assert_eq!((asked(&find(&peers)), find(&peers).vouching), (vec![&*copy_at("peer-2.example")], 1));
        peers.reverse();
        assert_eq!(asked(&find(&peers)), [copy_at("peer-2.example")]);
        peers[2].active = false;
        assert_eq!(find(&peers).to_ask[0].peer, Some(key(3)), "who left has no server");
    }

    #[test]
    fn who_has_karma_and_liked_it_comes_before_who_only_says_that_it_has_a_copy() {
        let mut peers: Vec<Peer> = (2..=6).map(|number| peer(number, true)).collect();
        (peers[1].karma, peers[2].karma) = (Karma(0), Karma(0));
        let likers = HashSet::from([key(2), key(3), key(5)]);
        let found = holders(&post(&[4, 5, 6]), &peers, &likers, key(9), &RandomState::new());
        let order: Vec<u8> = found.to_ask.iter().map(|holder| holder.peer.unwrap().0[0]).collect();
        assert_eq!((&order[..2], order[4]), (&[5, 2][..], 3), "{order:?}");
        assert_eq!(found.vouching, 2);
        let claims: Vec<Claim> = found.to_ask.iter().map(|holder| holder.claim).collect();
        assert_eq!(claims, [&[Claim::Vouched; 2][..], &[Claim::Copy; 3]].concat());
    }

    #[test]
    fn of_many_who_liked_it_everybody_draws_others() {
        let peers: Vec<Peer> = (10..200).map(|number| peer(number, true)).collect();
        let likers = peers.iter().map(|peer| peer.key).collect();
        let draw = || holders(&post(&[]), &peers, &likers, key(9), &RandomState::new());
        let drawn: HashSet<String> = (0..20).flat_map(|_| draw().to_ask).map(|holder| holder.url).collect();
        assert_eq!((draw().to_ask.len(), draw().vouching), (DRAWN, 190));
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
