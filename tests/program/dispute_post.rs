//! `dispute_post`: what a dispute does. What it has in common with a like is in `verdicts`.

use sentinel_interface::{Peer, Post, Verdict, VerdictKind};
use sentinel_tests::program::{Network, PARAMETERS};
use solana_sdk::signer::Signer;

use crate::verdicts::published;

#[test]
fn a_dispute_is_recorded_counted_and_lowers_the_owners_karma() {
    let (mut network, owner, post) = published();
    let disputer = network.founder(11, PARAMETERS.vote_min_karma);
    network.give(VerdictKind::Dispute, &disputer, &owner, &post).unwrap();
    let data = network.data(&post);
    let counted = Post::parse(&data).unwrap();
    assert_eq!((counted.likes, counted.disputes), (0, 1));
    assert_eq!(network.karma(&owner.pubkey()), 50 - PARAMETERS.karma_per_dispute);
    let address = network.program.dispute(&disputer.pubkey(), &post);
    let dispute = Verdict::parse(&network.data(&address)).unwrap();
    assert_eq!(dispute.kind, VerdictKind::Dispute);
    assert_eq!((dispute.voter, dispute.post), (disputer.pubkey().to_bytes(), post.to_bytes()));
}

#[test]
fn a_dispute_of_a_peer_with_too_little_karma_is_counted_but_takes_no_karma() {
    let (mut network, owner, post) = published();
    let disputer = network.founder(11, PARAMETERS.vote_min_karma - 1);
    network.give(VerdictKind::Dispute, &disputer, &owner, &post).unwrap();
    assert_eq!(Post::parse(&network.data(&post)).unwrap().disputes, 1);
    assert_eq!(network.karma(&owner.pubkey()), 50);
}

#[test]
fn a_foe_takes_no_more_than_the_limit_and_karma_never_falls_below_zero() {
    let mut network = Network::founded();
    let (owner, foe) = (network.founder(10, 15), network.founder(11, 50));
    let posts: Vec<_> = (0..4).map(|number| network.publish(&owner, [number; 32])).collect();
    for (post, karma) in posts.iter().zip([10, 5, 5, 5]) {
        network.give(VerdictKind::Dispute, &foe, &owner, post).unwrap();
        assert_eq!(network.karma(&owner.pubkey()), karma);
    }
    let second = network.founder(12, 50);
    for (post, karma) in posts.iter().zip([0, 0]) {
        network.give(VerdictKind::Dispute, &second, &owner, post).unwrap();
        assert_eq!(network.karma(&owner.pubkey()), karma);
    }
    // Below zero it is remembered all the same: the next like does not lift the peer out of it.
    let friend = network.founder(13, 50);
    network.give(VerdictKind::Like, &friend, &owner, &posts[0]).unwrap();
    let data = network.data(&network.program.peer(&owner.pubkey()));
    let peer = Peer::parse(&data).unwrap();
    assert_eq!((peer.karma, peer.granted, peer.opinions.sum()), (0, 15, -19));
}

#[test]
fn a_peer_that_likes_and_disputes_the_same_post_has_moved_its_opinion_by_both() {
    let (mut network, owner, post) = published();
    let voter = network.founder(11, 50);
    for kind in VerdictKind::ALL {
        network.give(kind, &voter, &owner, &post).unwrap();
    }
    assert_eq!(network.karma(&owner.pubkey()), 46);
}
