//! `mint_nft`: the post. The NFT is in `nft`.

use sentinel_interface::{
    Peer, Post, SentinelError, State, discriminator,
    instruction::MintNftAccounts,
    program_id::{SYSTEM, TOKEN_2022},
};
use sentinel_tests::program::{Network, key};
use solana_sdk::{pubkey::Pubkey, signer::Signer};

use crate::valid::replace;

const HASH: [u8; 32] = [7; 32];
const URL: &str = "https://peer-a.example:9000/logs/0123456789abcdef";

#[test]
fn a_post_says_who_published_which_log_where_and_in_which_cycle() {
    let mut network = Network::founded();
    let owner = network.founder(10, 50);
    let cycle = 3u64.to_le_bytes();
    network.tamper(&network.program.state(), |data, _| {
        data[State::CYCLE_INDEX_OFFSET..][..8].copy_from_slice(&cycle);
    });
    network.send(network.program.mint_nft(&owner.pubkey(), URL, HASH), &[&owner]).unwrap();
    let data = network.data(&network.program.post(&owner.pubkey(), &HASH));
    let post = Post::parse(&data).unwrap();
    assert_eq!(post.owner, owner.pubkey().to_bytes());
    assert_eq!(post.nft_mint, network.program.mint(&owner.pubkey(), &HASH).to_bytes());
    assert_eq!((post.log_url.as_str(), post.file_hash), (URL, HASH));
    assert_eq!((post.likes, post.cycle_index), (0, 3));
    assert!(post.mirrors.is_empty());
}

#[test]
fn the_same_log_is_published_once_by_each_owner() {
    let mut network = Network::founded();
    let (owner, other) = (network.founder(10, 50), network.newcomer(11));
    network.publish(&owner, HASH);
    let again = network.program.mint_nft(&owner.pubkey(), "https://elsewhere/log", HASH);
    assert_eq!(network.refusal(again, &[&owner]), SentinelError::AlreadyPosted);
    network.publish(&other, HASH);
}

#[test]
fn only_active_peers_publish() {
    let mut network = Network::founded();
    let (stranger, leaver) = (network.user(10), network.newcomer(11));
    let post = network.program.mint_nft(&stranger.pubkey(), URL, HASH);
    assert_eq!(network.refusal(post, &[&stranger]), SentinelError::NotPeer);

    network.tamper(&network.program.peer(&leaver.pubkey()), |data, _| data[Peer::ACTIVE_OFFSET] = 0);
    let post = network.program.mint_nft(&leaver.pubkey(), URL, HASH);
    assert_eq!(network.refusal(post, &[&leaver]), SentinelError::NotPeer);
}

#[test]
fn nobody_publishes_with_another_peers_account() {
    let mut network = Network::founded();
    let (stranger, peer) = (network.user(10), network.newcomer(11));
    let mut post = network.program.mint_nft(&stranger.pubkey(), URL, HASH);
    let foreign = network.program.peer(&peer.pubkey());
    replace(&mut post, &MintNftAccounts::ROLES, "peer", &foreign);
    assert_eq!(network.refusal(post, &[&stranger]), SentinelError::WrongAddress);
}

#[test]
fn a_peer_account_that_another_program_made_is_worth_nothing() {
    let mut network = Network::founded();
    let owner = network.newcomer(10);
    network.tamper(&network.program.peer(&owner.pubkey()), |_, owner| *owner = TOKEN_2022.into());
    let post = network.program.mint_nft(&owner.pubkey(), URL, HASH);
    assert_eq!(network.refusal(post, &[&owner]), SentinelError::WrongOwner);
}

#[test]
fn an_account_of_another_kind_does_not_pass_for_a_peer_or_the_state() {
    let mut network = Network::founded();
    let owner = network.newcomer(10);
    for (name, kind) in [("peer", "state"), ("state", "peer")] {
        let mut post = network.program.mint_nft(&owner.pubkey(), URL, HASH);
        let index = MintNftAccounts::ROLES.iter().position(|role| role.name == kind).unwrap();
        let confused = post.accounts[index].pubkey;
        replace(&mut post, &MintNftAccounts::ROLES, name, &confused);
        assert_eq!(network.refusal(post, &[&owner]), SentinelError::WrongAccount);
    }
}

#[test]
fn forged_programs_are_never_called() {
    let mut network = Network::founded();
    let owner = network.newcomer(10);
    let token_1: Pubkey = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA".parse().unwrap();
    for (name, forgery) in [
        ("token_program", token_1),
        ("token_program", network.program.id),
        ("token_program", SYSTEM.into()),
        ("associated_token_program", TOKEN_2022.into()),
        ("system_program", key(99).pubkey()),
    ] {
        let mut post = network.program.mint_nft(&owner.pubkey(), URL, HASH);
        replace(&mut post, &MintNftAccounts::ROLES, name, &forgery);
        assert_eq!(network.refusal(post, &[&owner]), SentinelError::WrongProgram, "{name} {forgery}");
    }
}

#[test]
fn a_log_url_must_be_a_url_of_at_most_200_bytes() {
    let mut network = Network::founded();
    let owner = network.newcomer(10);
    let longest = format!("https://{}", "a".repeat(192));
    let too_long = format!("{longest}a");
    for (url, error) in [
        (&b"ftp://peer/log"[..], SentinelError::InvalidUrl),
        (b"", SentinelError::InvalidUrl),
        (b"https://\xff", SentinelError::InvalidUrl),
        (too_long.as_bytes(), SentinelError::UrlTooLong),
    ] {
        let mut post = network.program.mint_nft(&owner.pubkey(), URL, HASH);
        let len = u32::try_from(url.len()).unwrap().to_le_bytes();
        post.data = [&discriminator::MINT_NFT[..], &len, url, &HASH].concat();
        assert_eq!(network.refusal(post, &[&owner]), error);
    }
    network.send(network.program.mint_nft(&owner.pubkey(), &longest, HASH), &[&owner]).unwrap();
}

#[test]
fn lamports_sent_beforehand_keep_no_post_from_being_published() {
    let mut network = Network::founded();
    let owner = network.newcomer(10);
    let (post, mint) =
        (network.program.post(&owner.pubkey(), &HASH), network.program.mint(&owner.pubkey(), &HASH));
    let token_account = network.program.token_account(&owner.pubkey(), &mint);
    for address in [post, mint, token_account] {
        network.svm.airdrop(&address, 1_000_000).unwrap();
    }
    assert_eq!(network.publish(&owner, HASH), post);
}
