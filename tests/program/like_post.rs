//! `like_post`.

use sentinel_interface::{
    Like, Peer, Post, SentinelError, instruction::LikePostAccounts, program_id::TOKEN_2022,
};
use sentinel_tests::program::{Network, PARAMETERS};
use solana_sdk::{pubkey::Pubkey, signature::Keypair, signer::Signer};

use crate::hostile::replace;

const HASH: [u8; 32] = [7; 32];

/// A network in which a founder with 50 karma has published a log.
fn published() -> (Network, Keypair, Pubkey) {
    let mut network = Network::founded();
    let owner = network.founder(10, 50);
    let post = network.publish(&owner, HASH);
    (network, owner, post)
}

fn karma(network: &Network, user: &Keypair) -> u64 {
    Peer::parse(&network.data(&network.program.peer(&user.pubkey()))).unwrap().karma
}

fn likes(network: &Network, post: &Pubkey) -> u64 {
    Post::parse(&network.data(post)).unwrap().likes
}

#[test]
fn a_like_is_recorded_counted_and_raises_the_owners_karma() {
    let (mut network, owner, post) = published();
    let liker = network.founder(11, PARAMETERS.vote_min_karma);
    network.send(network.program.like_post(&liker.pubkey(), &owner.pubkey(), &post), &[&liker]).unwrap();
    assert_eq!(likes(&network, &post), 1);
    assert_eq!(karma(&network, &owner), 50 + PARAMETERS.karma_per_like);
    assert_eq!(karma(&network, &liker), PARAMETERS.vote_min_karma);
    let like = Like::parse(&network.data(&network.program.like(&liker.pubkey(), &post))).unwrap();
    assert_eq!((like.liker, like.post), (liker.pubkey().to_bytes(), post.to_bytes()));
}

#[test]
fn a_like_of_a_peer_with_too_little_karma_is_counted_but_gives_no_karma() {
    let (mut network, owner, post) = published();
    for (number, own) in [(11, 0), (12, PARAMETERS.vote_min_karma - 1)] {
        let liker = network.founder(number, own);
        network.send(network.program.like_post(&liker.pubkey(), &owner.pubkey(), &post), &[&liker]).unwrap();
    }
    assert_eq!(likes(&network, &post), 2);
    assert_eq!(karma(&network, &owner), 50);
}

#[test]
fn nobody_likes_their_own_post() {
    let (network, owner, post) = published();
    let like = network.program.like_post(&owner.pubkey(), &owner.pubkey(), &post);
    assert_eq!(network.refusal(like, &[&owner]), SentinelError::CannotLikeSelf);
}

#[test]
fn nobody_likes_a_post_twice() {
    let (mut network, owner, post) = published();
    let liker = network.founder(11, 50);
    let like = network.program.like_post(&liker.pubkey(), &owner.pubkey(), &post);
    network.send(like.clone(), &[&liker]).unwrap();
    assert_eq!(network.refusal(like, &[&liker]), SentinelError::AlreadyLiked);
}

#[test]
fn only_active_peers_like() {
    let (mut network, owner, post) = published();
    let (stranger, leaver) = (network.user(11), network.newcomer(12));
    let like = network.program.like_post(&stranger.pubkey(), &owner.pubkey(), &post);
    assert_eq!(network.refusal(like, &[&stranger]), SentinelError::NotPeer);

    network.tamper(&network.program.peer(&leaver.pubkey()), |data, _| data[Peer::ACTIVE_OFFSET] = 0);
    let like = network.program.like_post(&leaver.pubkey(), &owner.pubkey(), &post);
    assert_eq!(network.refusal(like, &[&leaver]), SentinelError::NotPeer);
}

#[test]
fn nobody_votes_with_another_peers_karma() {
    let (mut network, owner, post) = published();
    let (newcomer, founder) = (network.newcomer(11), network.founder(12, 90));
    let mut like = network.program.like_post(&newcomer.pubkey(), &owner.pubkey(), &post);
    let foreign = network.program.peer(&founder.pubkey());
    replace(&mut like, &LikePostAccounts::ROLES, "liker_peer", &foreign);
    assert_eq!(network.refusal(like, &[&newcomer]), SentinelError::WrongAddress);
}

#[test]
fn karma_goes_to_the_posts_owner_and_to_nobody_else() {
    let (mut network, owner, post) = published();
    let (liker, accomplice) = (network.founder(11, 50), network.newcomer(12));
    for other in [&liker, &accomplice] {
        let mut like = network.program.like_post(&liker.pubkey(), &owner.pubkey(), &post);
        let other = network.program.peer(&other.pubkey());
        replace(&mut like, &LikePostAccounts::ROLES, "owner_peer", &other);
        assert_eq!(network.refusal(like, &[&liker]), SentinelError::WrongAddress);
    }
}

#[test]
fn a_like_is_not_recorded_under_another_peers_or_posts_address() {
    let (mut network, owner, post) = published();
    let liker = network.founder(11, 50);
    let second = network.publish(&owner, [8; 32]);
    for foreign in
        [network.program.like(&owner.pubkey(), &post), network.program.like(&liker.pubkey(), &second)]
    {
        let mut like = network.program.like_post(&liker.pubkey(), &owner.pubkey(), &post);
        replace(&mut like, &LikePostAccounts::ROLES, "like", &foreign);
        assert_eq!(network.refusal(like, &[&liker]), SentinelError::WrongAddress);
    }
}

#[test]
fn a_post_that_the_program_did_not_write_at_its_own_address_cannot_be_liked() {
    let (mut network, owner, post) = published();
    let liker = network.founder(11, 50);
    let forged = Pubkey::new_from_array([9; 32]);
    let copy = network.svm.get_account(&post).unwrap();
    network.svm.set_account(forged, copy).unwrap();
    let like = network.program.like_post(&liker.pubkey(), &owner.pubkey(), &forged);
    assert_eq!(network.refusal(like, &[&liker]), SentinelError::WrongAddress);

    network.tamper(&post, |_, owner| *owner = TOKEN_2022.into());
    let like = network.program.like_post(&liker.pubkey(), &owner.pubkey(), &post);
    assert_eq!(network.refusal(like, &[&liker]), SentinelError::WrongOwner);
}

#[test]
fn a_truncated_account_is_refused() {
    let (mut network, owner, post) = published();
    let liker = network.founder(11, 50);
    network.tamper(&post, |data, _| data.truncate(Post::LOG_URL_OFFSET + 10));
    let like = network.program.like_post(&liker.pubkey(), &owner.pubkey(), &post);
    assert_eq!(network.refusal(like, &[&liker]), SentinelError::WrongAccount);
}

#[test]
fn numbers_at_their_limit_do_not_wrap_around() {
    let (mut network, owner, post) = published();
    let liker = network.founder(11, 50);
    let like = network.program.like_post(&liker.pubkey(), &owner.pubkey(), &post);
    network.tamper(&network.program.peer(&owner.pubkey()), |data, _| {
        Peer::set_karma(data, u64::MAX - PARAMETERS.karma_per_like + 1).unwrap();
    });
    assert_eq!(network.refusal(like.clone(), &[&liker]), SentinelError::ArithmeticOverflow);

    network.tamper(&network.program.peer(&owner.pubkey()), |data, _| Peer::set_karma(data, 0).unwrap());
    network.tamper(&post, |data, _| Post::set_likes(data, u64::MAX).unwrap());
    assert_eq!(network.refusal(like, &[&liker]), SentinelError::ArithmeticOverflow);
}

#[test]
fn lamports_sent_beforehand_keep_nobody_from_liking() {
    let (mut network, owner, post) = published();
    let liker = network.founder(11, 50);
    network.svm.airdrop(&network.program.like(&liker.pubkey(), &post), 1_000_000).unwrap();
    network.send(network.program.like_post(&liker.pubkey(), &owner.pubkey(), &post), &[&liker]).unwrap();
    assert_eq!(likes(&network, &post), 1);
}
