//! `remove_mirror`.

use crate::{
    add_mirror::{MIRROR, mirrors, published},
    retire_post::gift,
    valid::replace,
};
use sentinel_interface::{
    Peer, Post, SentinelError, instruction::RemoveMirrorAccounts, program_id::TOKEN_2022,
};
use sentinel_tests::program::Network;
use solana_sdk::{pubkey::Pubkey, signature::Keypair, signer::Signer};

/// A post that one other peer mirrors: network, the post's owner, the mirror's peer, the post.
fn mirrored() -> (Network, Keypair, Keypair, Pubkey) {
    let (mut network, owner, peer, post) = published();
    network.send(network.program.add_mirror(&peer.pubkey(), &post, MIRROR), &[&peer]).unwrap();
    (network, owner, peer, post)
}

#[test]
fn a_peer_withdraws_its_mirror_and_gets_its_rent_back() {
    let (mut network, owner, peer, post) = published();
    network.send(network.program.add_mirror(&owner.pubkey(), &post, MIRROR), &[&owner]).unwrap();
    let (before, account) = (network.svm.get_balance(&peer.pubkey()), network.svm.get_account(&post));
    let added = network.send(network.program.add_mirror(&peer.pubkey(), &post, MIRROR), &[&peer]).unwrap();
    let remove = network.program.remove_mirror(&peer.pubkey(), &peer.pubkey(), &post, MIRROR);
    let removed = network.send(remove, &[&peer]).unwrap();
    assert_eq!(network.svm.get_account(&post), account);
    assert_eq!(network.svm.get_balance(&peer.pubkey()).unwrap() + added.fee + removed.fee, before.unwrap());
    assert_eq!(mirrors(&network, &post), [(owner.pubkey(), MIRROR.to_owned())]);
}

#[test]
fn the_posts_owner_withdraws_any_mirror_and_its_peer_gets_the_rent() {
    let (mut network, owner, peer, post) = mirrored();
    let (before, held) =
        (network.svm.get_balance(&peer.pubkey()).unwrap(), network.svm.get_balance(&post).unwrap());
    let remove = network.program.remove_mirror(&owner.pubkey(), &peer.pubkey(), &post, MIRROR);
    network.send(remove, &[&owner]).unwrap();
    let refund = held - network.svm.get_balance(&post).unwrap();
    assert!(refund > 0);
    assert_eq!(network.svm.get_balance(&peer.pubkey()).unwrap(), before + refund);
    assert_eq!(mirrors(&network, &post), []);
}

#[test]
fn a_withdrawn_mirror_can_be_announced_again() {
    let (mut network, _, peer, post) = mirrored();
    let remove = network.program.remove_mirror(&peer.pubkey(), &peer.pubkey(), &post, MIRROR);
    network.send(remove.clone(), &[&peer]).unwrap();
    assert_eq!(network.refusal(remove, &[&peer]), SentinelError::NotMirrored);
    network.send(network.program.add_mirror(&peer.pubkey(), &post, MIRROR), &[&peer]).unwrap();
    assert_eq!(mirrors(&network, &post).len(), 1);
}

#[test]
fn a_peer_that_has_left_or_moved_still_withdraws_its_mirror() {
    let (mut network, _, peer, post) = mirrored();
    network.send(network.program.set_endpoint(&peer.pubkey(), "https://moved"), &[&peer]).unwrap();
    network.tamper(&network.program.peer(&peer.pubkey()), |data, _| data[Peer::ACTIVE_OFFSET] = 0);
    let remove = network.program.remove_mirror(&peer.pubkey(), &peer.pubkey(), &post, MIRROR);
    network.send(remove, &[&peer]).unwrap();
    assert_eq!(mirrors(&network, &post), []);
}

#[test]
fn nobody_else_withdraws_a_mirror() {
    let (mut network, _, peer, post) = mirrored();
    for other in [network.founder(12, 90), network.user(13)] {
        let remove = network.program.remove_mirror(&other.pubkey(), &peer.pubkey(), &post, MIRROR);
        assert_eq!(network.refusal(remove, &[&other]), SentinelError::ForeignMirror);
    }
}

#[test]
fn the_rent_goes_to_the_mirrors_peer_and_to_nobody_else() {
    let (network, owner, peer, post) = mirrored();
    for user in [&owner, &peer] {
        let mut remove = network.program.remove_mirror(&user.pubkey(), &peer.pubkey(), &post, MIRROR);
        replace(&mut remove, &RemoveMirrorAccounts::ROLES, "mirror_owner", &owner.pubkey());
        let refused = network.refusal(remove, &[user]);
        assert!(matches!(refused, SentinelError::NotMirrored | SentinelError::ForeignMirror), "{refused:?}");
    }
}

/// Withdraws, as the post's owner, a mirror at `url` whose peer has emptied its wallet; what the peer and the owner get.
fn withdrawn_from_an_empty_wallet(url: &str) -> [u64; 2] {
    let (mut network, owner, peer, post) = published();
    network.send(network.program.add_mirror(&peer.pubkey(), &post, url), &[&peer]).unwrap();
    let all = network.svm.get_balance(&peer.pubkey()).unwrap();
    network.send(gift(&peer.pubkey(), &owner.pubkey(), all), &[&owner, &peer]).unwrap();
    let (before, held) = (network.svm.get_balance(&owner.pubkey()).unwrap(), network.data(&post).len());
    let remove = network.program.remove_mirror(&owner.pubkey(), &peer.pubkey(), &post, url);
    let done = network.send(remove, &[&owner]).unwrap();
    assert_eq!(mirrors(&network, &post), []);
    let rent = |len| network.svm.minimum_balance_for_rent_exemption(len);
    let got = [
        network.svm.get_balance(&peer.pubkey()).unwrap_or_default(),
        network.svm.get_balance(&owner.pubkey()).unwrap() + done.fee - before,
    ];
    assert_eq!(got.iter().sum::<u64>(), rent(held) - rent(network.data(&post).len()));
    got
}

#[test]
fn an_empty_wallet_keeps_nobody_from_taking_its_mirror_off() {
    let [peers, owners] = withdrawn_from_an_empty_wallet(MIRROR);
    assert!(peers == 0 && owners > 0, "{peers} {owners}");
}

#[test]
fn a_rent_that_is_enough_to_live_on_goes_to_an_empty_wallet_too() {
    let longest = format!("https://founder/{}", "a".repeat(200 - 16));
    let [peers, owners] = withdrawn_from_an_empty_wallet(&longest);
    assert!(peers > 0 && owners == 0, "{peers} {owners}");
}

#[test]
fn the_url_must_be_the_announced_one() {
    let (network, _, peer, post) = mirrored();
    let other = "https://founder/mirrors/0707070707070708";
    let remove = network.program.remove_mirror(&peer.pubkey(), &peer.pubkey(), &post, other);
    assert_eq!(network.refusal(remove, &[&peer]), SentinelError::NotMirrored);
}

#[test]
fn a_post_that_the_program_did_not_write_at_its_own_address_pays_nobody() {
    let (mut network, _, peer, post) = mirrored();
    let forged = Pubkey::new_from_array([9; 32]);
    let copy = network.svm.get_account(&post).unwrap();
    network.svm.set_account(forged, copy).unwrap();
    let remove = network.program.remove_mirror(&peer.pubkey(), &peer.pubkey(), &forged, MIRROR);
    assert_eq!(network.refusal(remove, &[&peer]), SentinelError::WrongAddress);

    let remove = network.program.remove_mirror(&peer.pubkey(), &peer.pubkey(), &post, MIRROR);
    network.tamper(&post, |data, _| data.truncate(Post::LOG_URL_OFFSET + 10));
    assert_eq!(network.refusal(remove.clone(), &[&peer]), SentinelError::WrongAccount);
    network.tamper(&post, |_, owner| *owner = TOKEN_2022.into());
    assert_eq!(network.refusal(remove, &[&peer]), SentinelError::WrongOwner);
}
