//! `add_mirror`.

use crate::valid::replace;
use sentinel_interface::{
    Mirror, Peer, Post, SentinelError, instruction::AddMirrorAccounts, program_id::TOKEN_2022,
};
use sentinel_tests::program::{Network, PARAMETERS};
use solana_sdk::{pubkey::Pubkey, signature::Keypair, signer::Signer};

/// Under the endpoint of all founders.
pub(crate) const MIRROR: &str = "https://founder/mirrors/0707070707070707";

/// A network in which a founder has published a log, and another one who mirrors nothing yet.
pub(crate) fn published() -> (Network, Keypair, Keypair, Pubkey) {
    let mut network = Network::founded();
    let owner = network.founder(10, 50);
    let peer = network.founder(11, 50);
    let post = network.publish(&owner, [7; 32]);
    (network, owner, peer, post)
}

/// The post's mirrors as (peer, URL).
pub(crate) fn mirrors(network: &Network, post: &Pubkey) -> Vec<(Pubkey, String)> {
    let data = network.data(post);
    let of = |Mirror { owner, url }: Mirror<'_>| (owner.into(), url.as_str().to_owned());
    Post::parse(&data).unwrap().mirrors.iter().map(of).collect()
}

#[test]
fn mirrors_are_listed_with_their_peers_and_the_rest_of_the_post_stays() {
    let (mut network, owner, peer, post) = published();
    let before = network.data(&post);
    for user in [&peer, &owner] {
        network.send(network.program.add_mirror(&user.pubkey(), &post, MIRROR), &[user]).unwrap();
    }
    let listed = [&peer, &owner].map(|user| (user.pubkey(), MIRROR.to_owned()));
    assert_eq!(mirrors(&network, &post), listed);
    let after = network.data(&post);
    let after = Post::parse(&after).unwrap();
    assert_eq!(Post { mirrors: after.mirrors, ..Post::parse(&before).unwrap() }, after);
}

#[test]
fn who_mirrors_pays_the_rent_of_the_entry() {
    let (mut network, _, peer, post) = published();
    let (account, own) = (network.svm.get_account(&post).unwrap(), network.svm.get_balance(&peer.pubkey()));
    let done = network.send(network.program.add_mirror(&peer.pubkey(), &post, MIRROR), &[&peer]).unwrap();
    let grown = network.svm.get_account(&post).unwrap();
    assert_eq!(grown.lamports, network.svm.minimum_balance_for_rent_exemption(grown.data.len()));
    let paid = own.unwrap() - network.svm.get_balance(&peer.pubkey()).unwrap() - done.fee;
    assert_eq!(paid, grown.lamports - account.lamports);
    println!("a mirror: {paid} lamports of rent");
}

#[test]
fn a_peer_has_one_mirror_of_a_post() {
    let (mut network, _, peer, post) = published();
    let program = network.program;
    network.send(program.add_mirror(&peer.pubkey(), &post, MIRROR), &[&peer]).unwrap();
    for url in [MIRROR, "https://founder/mirrors/other"] {
        let again = program.add_mirror(&peer.pubkey(), &post, url);
        assert_eq!(network.refusal(again, &[&peer]), SentinelError::AlreadyMirrored);
    }
}

#[test]
fn five_mirrors_with_the_longest_urls_have_room_and_a_sixth_has_none() {
    let (mut network, _, _, post) = published();
    let longest = format!("https://founder/{}", "a".repeat(200 - 16));
    for number in 20..25 {
        let peer = network.founder(number, 0);
        network.send(network.program.add_mirror(&peer.pubkey(), &post, &longest), &[&peer]).unwrap();
    }
    assert_eq!(mirrors(&network, &post).len(), 5);
    let sixth = network.founder(25, 0);
    let add = network.program.add_mirror(&sixth.pubkey(), &post, MIRROR);
    assert_eq!(network.refusal(add, &[&sixth]), SentinelError::TooManyMirrors);
}

#[test]
fn a_post_too_old_to_be_liked_gets_no_mirror() {
    let (mut network, _, peer, post) = published();
    let add = network.program.add_mirror(&peer.pubkey(), &post, MIRROR);
    network.wait(2 * PARAMETERS.cycle_length - 1);
    assert_eq!(network.attempt(add.clone(), &[&peer]), Ok(()));
    network.wait(1);
    assert_eq!(network.refusal(add, &[&peer]), SentinelError::PostTooOld);
}

#[test]
fn only_active_peers_mirror() {
    let (mut network, _, peer, post) = published();
    let stranger = network.user(12);
    let add = network.program.add_mirror(&stranger.pubkey(), &post, MIRROR);
    assert_eq!(network.refusal(add, &[&stranger]), SentinelError::NotPeer);
    network.tamper(&network.program.peer(&peer.pubkey()), |data, _| data[Peer::ACTIVE_OFFSET] = 0);
    let add = network.program.add_mirror(&peer.pubkey(), &post, MIRROR);
    assert_eq!(network.refusal(add, &[&peer]), SentinelError::NotPeer);
}

#[test]
fn nobody_mirrors_in_another_peers_name() {
    let (mut network, owner, _, post) = published();
    let newcomer = network.newcomer(12);
    let mut add = network.program.add_mirror(&newcomer.pubkey(), &post, MIRROR);
    replace(&mut add, &AddMirrorAccounts::ROLES, "peer", &network.program.peer(&owner.pubkey()));
    assert_eq!(network.refusal(add, &[&newcomer]), SentinelError::WrongAddress);
}

#[test]
fn a_mirror_lies_under_its_peers_endpoint() {
    let (network, _, peer, post) = published();
    for foreign in [
        "https://victim/x",
        "https://founder",
        "https://founder/",
        "https://founder.victim/x",
        "http://founder/x",
    ] {
        let add = network.program.add_mirror(&peer.pubkey(), &post, foreign);
        assert_eq!(network.refusal(add, &[&peer]), SentinelError::OutsideEndpoint, "{foreign}");
    }
}

#[test]
fn a_mirrors_url_is_one_of_at_most_200_bytes() {
    let (network, _, peer, post) = published();
    let with = |url: &str| {
        let mut add = network.program.add_mirror(&peer.pubkey(), &post, MIRROR);
        add.data.truncate(8);
        add.data.extend(u32::try_from(url.len()).unwrap().to_le_bytes());
        add.data.extend(url.as_bytes());
        network.refusal(add, &[&peer])
    };
    assert_eq!(with(&format!("https://founder/{}", "a".repeat(185))), SentinelError::UrlTooLong);
    for bad in ["", "ftp://founder/a", "https://founder/a b"] {
        assert_eq!(with(bad), SentinelError::InvalidUrl, "{bad:?}");
    }
}

#[test]
fn a_post_that_the_program_did_not_write_at_its_own_address_cannot_be_mirrored() {
    let (mut network, _, peer, post) = published();
    let forged = Pubkey::new_from_array([9; 32]);
    let copy = network.svm.get_account(&post).unwrap();
    network.svm.set_account(forged, copy).unwrap();
    let add = network.program.add_mirror(&peer.pubkey(), &forged, MIRROR);
    assert_eq!(network.refusal(add, &[&peer]), SentinelError::WrongAddress);

    let add = network.program.add_mirror(&peer.pubkey(), &post, MIRROR);
    let other = network.program.peer(&peer.pubkey());
    let mut wrong = add.clone();
    replace(&mut wrong, &AddMirrorAccounts::ROLES, "post", &other);
    assert_eq!(network.refusal(wrong, &[&peer]), SentinelError::WrongAccount);
    network.tamper(&post, |data, _| data.truncate(Post::LOG_URL_OFFSET + 10));
    assert_eq!(network.refusal(add.clone(), &[&peer]), SentinelError::WrongAccount);
    network.tamper(&post, |_, owner| *owner = TOKEN_2022.into());
    assert_eq!(network.refusal(add, &[&peer]), SentinelError::WrongOwner);
}

#[test]
fn a_mirrored_post_is_liked_as_any_other() {
    let (mut network, owner, peer, post) = published();
    network.send(network.program.add_mirror(&peer.pubkey(), &post, MIRROR), &[&peer]).unwrap();
    network.send(network.program.like_post(&peer.pubkey(), &owner.pubkey(), &post), &[&peer]).unwrap();
    let data = network.data(&post);
    assert_eq!(Post::parse(&data).unwrap().likes, 1);
}
