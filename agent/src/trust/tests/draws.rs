//! Who likes what a newcomer posts.

use proptest::prelude::*;

use super::*;

/// Who like a newcomer's post, of many.
const DRAWN: usize = 8;

/// A docket of this peer in a network where the ledger says this of others.
fn docket_of(me: u8, peers: &[Peer]) -> Docket {
    let mut docket = Docket::new(policy(), key(me));
    let _ = docket.meet(&peers.to_vec().into());
    docket
}

/// Peers 1 to `voters` with karma 60, and as many newcomers as they are from 100 on.
fn network(voters: u8) -> Vec<Peer> {
    (1..=voters)
        .map(|number| peer(number, 60))
        .chain((100..100 + voters).map(|number| peer(number, 0)))
        .collect()
}

/// What newcomer 100 says, by the karma it had when it was heard.
fn said(post: u8, karma: u64) -> Statement {
    let mut said = says(100, post, 5, &[1]);
    said.karma = Karma(karma);
    said
}

/// Who of these likes a newcomer's post, when all see the attacker themselves.
fn likers(peers: &[Peer], post: &Statement) -> Vec<u8> {
    let likes = |peer: &&Peer| {
        let mut docket = docket_of(peer.key.0[0], peers);
        let _ = docket.hear(post.clone());
        let _ = docket.see(attacker(1), at(5));
        docket.praise(post.post).is_ok()
    };
    let others = peers.iter().filter(|peer| peer.key != post.reporter);
    others.filter(likes).map(|peer| peer.key.0[0]).collect()
}

proptest! {
    // Each case asks every peer of a network.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn eight_of_many_like_a_newcomers_post_and_all_know_which(voters in 9..20u8, post: u8) {
        let peers = network(voters);
        let likers = likers(&peers, &said(post, 0));
        prop_assert_eq!(likers.len(), DRAWN);
        prop_assert!(likers.iter().all(|liker| *liker <= voters), "{:?}", likers);
        let reversed: Vec<Peer> = peers.into_iter().rev().collect();
        let mut again = self::likers(&reversed, &said(post, 0));
        again.sort_unstable();
        prop_assert_eq!(again, likers);
    }

    #[test]
    fn in_a_small_network_everybody_likes_it(voters in 0..=8u8, post: u8) {
        let peers = network(voters);
        prop_assert_eq!(likers(&peers, &said(post, 0)).len(), peers.len().saturating_sub(1));
    }

    #[test]
    fn what_a_believed_reporter_posts_everybody_likes(voters in 9..20u8, post: u8, karma in 50..100u64) {
        let mut peers = network(voters);
        peers[usize::from(voters)].karma = Karma(karma);
        prop_assert_eq!(likers(&peers, &said(post, karma)).len(), peers.len() - 1);
    }

    #[test]
    fn who_is_believed_by_now_was_a_newcomer_when_it_said_it(voters in 9..20u8, post: u8, karma in 0..50u64) {
        let mut peers = network(voters);
        peers[usize::from(voters)].karma = Karma(50);
        prop_assert_eq!(likers(&peers, &said(post, karma)).len(), DRAWN);
    }
}

#[test]
fn each_peer_is_drawn_as_often_as_any_other() {
    let peers = network(16);
    let mut drawn = [0; 17];
    for post in 0..200 {
        likers(&peers, &said(post, 0)).into_iter().for_each(|liker| drawn[usize::from(liker)] += 1);
    }
    assert!(drawn[1..].iter().all(|times| (60..=140).contains(times)), "{drawn:?}");
}

#[test]
fn who_left_or_lost_its_karma_likes_for_nobody_and_another_takes_its_turn() {
    let mut peers = network(12);
    let before = likers(&peers, &said(1, 0));
    let (left, lost) = (usize::from(before[0]) - 1, usize::from(before[1]) - 1);
    peers[left].active = false;
    peers[lost].karma = Karma(49);
    let after = likers(&peers, &said(1, 0));
    assert!(
        after.len() == DRAWN && before[2..].iter().all(|stays| after.contains(stays)),
        "{before:?} {after:?}"
    );
}

#[test]
fn a_peer_that_is_not_drawn_says_so_and_remembers_nothing() {
    let peers = network(12);
    let likers = likers(&peers, &said(1, 0));
    let other = (1..=12).find(|number| !likers.contains(number)).unwrap();
    for (me, reason) in
        [(other, Unproven::NotDrawn { drawn: DRAWN }), (101, Unproven::NoVoice { needed: Karma(50) })]
    {
        let mut docket = docket_of(me, &peers);
        let _ = docket.hear(said(1, 0));
        let touched = docket.see(attacker(1), at(5));
        assert_eq!(docket.praise(said(1, 0).post), Err(reason));
        assert!(docket.praiseworthy(&touched, None).is_empty() && !docket.is_praised(said(1, 0).post));
    }
}

#[test]
fn an_operator_likes_whom_he_pinned_and_raises_no_threshold_but_his_own() {
    let peers = network(12);
    let likers = likers(&peers, &said(1, 0));
    let other = (1..=12).find(|number| !likers.contains(number)).unwrap();
    let mut docket = docket_of(other, &peers);
    let _ = docket.hear(said(1, 0));
    let _ = docket.see(attacker(1), at(5));
    let _ = docket.decide(|policy| policy.min_karma = Karma(1_000_000));
    assert_eq!(docket.praise(said(1, 0).post), Err(Unproven::NotDrawn { drawn: DRAWN }));
    let _ = docket.decide(|policy| policy.regard(key(100), Some(Attitude::Pinned)));
    assert_eq!(docket.praise(said(1, 0).post), Ok(()));
}
