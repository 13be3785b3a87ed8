//! `like_post`: what a like does. What it has in common with a dispute is in `verdicts`.

use sentinel_interface::{Post, Verdict, VerdictKind};
use sentinel_tests::program::{Network, PARAMETERS};
use solana_sdk::{pubkey::Pubkey, signer::Signer};

use crate::verdicts::published;

fn likes(network: &Network, post: &Pubkey) -> (u64, u64) {
    let data = network.data(post);
    let post = Post::parse(&data).unwrap();
    (post.likes, post.disputes)
}

#[test]
fn a_like_is_recorded_counted_and_raises_the_owners_karma() {
    let (mut network, owner, post) = published();
    let liker = network.founder(11, PARAMETERS.vote_min_karma);
    network.give(VerdictKind::Like, &liker, &owner, &post).unwrap();
    assert_eq!(likes(&network, &post), (1, 0));
    assert_eq!(network.karma(&owner.pubkey()), 50 + PARAMETERS.karma_per_like);
    assert_eq!(network.karma(&liker.pubkey()), PARAMETERS.vote_min_karma);
    let like = Verdict::parse(&network.data(&network.program.like(&liker.pubkey(), &post))).unwrap();
    assert_eq!(like.kind, VerdictKind::Like);
    assert_eq!((like.voter, like.post), (liker.pubkey().to_bytes(), post.to_bytes()));
}

#[test]
fn a_like_of_a_peer_with_too_little_karma_is_counted_but_gives_no_karma() {
    let (mut network, owner, post) = published();
    for (number, own) in [(11, 0), (12, PARAMETERS.vote_min_karma - 1)] {
        let liker = network.founder(number, own);
        network.give(VerdictKind::Like, &liker, &owner, &post).unwrap();
    }
    assert_eq!(likes(&network, &post), (2, 0));
    assert_eq!(network.karma(&owner.pubkey()), 50);
}

#[test]
fn a_friend_lifts_a_newcomer_by_no_more_than_the_limit_and_a_second_friend_by_as_much_again() {
    let mut network = Network::founded();
    let (owner, friend, second) = (network.newcomer(10), network.founder(11, 1000), network.founder(12, 50));
    let posts: Vec<_> = (0..15).map(|number| network.publish(&owner, [number; 32])).collect();
    for (voter, karma) in [(&friend, 10), (&second, 20)] {
        for post in &posts {
            network.give(VerdictKind::Like, voter, &owner, post).unwrap();
        }
        assert_eq!(network.karma(&owner.pubkey()), karma);
    }
}

#[test]
fn likes_of_a_peer_that_was_lifted_to_the_threshold_count_from_then_on() {
    let mut network = Network::founded();
    let (riser, owner) = (network.founder(10, 49), network.newcomer(12));
    let (risers, owners) = (network.publish(&riser, [1; 32]), network.publish(&owner, [2; 32]));
    network.give(VerdictKind::Like, &riser, &owner, &owners).unwrap();
    assert_eq!(network.karma(&owner.pubkey()), 0);
    let founder = network.founder(11, 50);
    network.give(VerdictKind::Like, &founder, &riser, &risers).unwrap();
    let later = network.publish(&owner, [3; 32]);
    network.give(VerdictKind::Like, &riser, &owner, &later).unwrap();
    assert_eq!(network.karma(&owner.pubkey()), 1);
}
