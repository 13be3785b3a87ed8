//! `join_network`.

use sentinel_interface::{
    Instruction, Parameters, Peer, SentinelError, Url, discriminator, instruction::JoinNetworkAccounts,
};
use sentinel_tests::program::{Network, PARAMETERS, key};
use solana_sdk::{instruction::AccountMeta, signer::Signer};

use crate::valid::replace;

#[test]
fn a_newcomer_becomes_an_active_peer_without_karma_and_pays_the_bond() {
    let mut network = Network::founded();
    let user = network.newcomer(10);
    let address = network.program.peer(&user.pubkey());
    let account = network.svm.get_account(&address).unwrap();
    let peer = Peer::parse(&account.data).unwrap();
    assert_eq!(peer.user, user.pubkey().to_bytes());
    assert_eq!((peer.active, peer.karma, peer.bond), (true, 0, PARAMETERS.bond));
    assert_eq!(peer.endpoint.as_str(), "https://newcomer");
    let rent = network.svm.minimum_balance_for_rent_exemption(account.data.len());
    assert_eq!(account.lamports, rent + PARAMETERS.bond);
}

#[test]
fn a_founder_begins_with_the_karma_that_the_authority_signed_for() {
    let mut network = Network::founded();
    let founder = network.founder(10, 70);
    let data = network.data(&network.program.peer(&founder.pubkey()));
    assert_eq!(Peer::parse(&data).unwrap().karma, 70);
}

#[test]
fn nobody_gives_themselves_karma() {
    let mut network = Network::founded();
    let user = network.user(10);
    let (authority, endpoint) = (network.authority.pubkey(), Url::new("https://a").unwrap());

    let mut alone = network.program.join_network(&user.pubkey(), "https://a");
    alone.data = Instruction::JoinNetwork { endpoint, karma: 1 }.encode().to_vec();
    assert_eq!(network.refusal(alone.clone(), &[&user]), SentinelError::AuthorityRequired);

    let own = network.program.join_as_founder(&user.pubkey(), &user.pubkey(), "https://a", 1);
    assert_eq!(network.refusal(own, &[&user]), SentinelError::AuthorityRequired);

    alone.accounts.push(AccountMeta::new_readonly(authority, false));
    assert_eq!(network.refusal(alone, &[&user]), SentinelError::AuthorityRequired);
}

#[test]
fn an_anchor_client_that_leaves_the_authority_out_by_naming_the_program_joins_too() {
    let mut network = Network::founded();
    let user = network.user(10);
    let mut join = network.program.join_network(&user.pubkey(), "https://a");
    join.accounts.push(AccountMeta::new_readonly(network.program.id, false));
    network.send(join, &[&user]).unwrap();
}

#[test]
fn a_peer_joins_once() {
    let mut network = Network::founded();
    let user = network.newcomer(10);
    let again = network.program.join_network(&user.pubkey(), "https://elsewhere");
    assert_eq!(network.refusal(again, &[&user]), SentinelError::AlreadyPeer);
}

#[test]
fn nobody_joins_in_another_users_name() {
    let mut network = Network::founded();
    let user = network.user(10);
    let mut join = network.program.join_network(&user.pubkey(), "https://a");
    let others = network.program.peer(&key(11).pubkey());
    replace(&mut join, &JoinNetworkAccounts::ROLES, "peer", &others);
    assert_eq!(network.refusal(join, &[&user]), SentinelError::WrongAddress);
}

#[test]
fn nobody_joins_a_network_that_is_not_founded() {
    let mut network = Network::deployed();
    let user = network.user(10);
    let join = network.program.join_network(&user.pubkey(), "https://a");
    assert_eq!(network.refusal(join, &[&user]), SentinelError::WrongOwner);
}

#[test]
fn a_bond_that_the_user_cannot_pay_leaves_nothing_behind() {
    for bond in [11_000_000_000, u64::MAX] {
        let mut network = Network::founded_with(Parameters { bond, ..PARAMETERS });
        let user = network.user(10);
        let join = network.program.join_network(&user.pubkey(), "https://a");
        assert!(network.send(join, &[&user]).is_err());
        assert!(network.svm.get_account(&network.program.peer(&user.pubkey())).is_none());
    }
}

#[test]
fn a_bond_in_advance_by_a_stranger_keeps_nobody_out() {
    let mut network = Network::founded();
    let peer = network.program.peer(&key(10).pubkey());
    for lamports in [1_000_000, 20_000_000_000] {
        network.svm.airdrop(&peer, lamports).unwrap();
    }
    network.newcomer(10);
    assert!(Peer::parse(&network.data(&peer)).is_ok());
}

#[test]
fn an_endpoint_must_be_a_url() {
    let mut network = Network::founded();
    let user = network.user(10);
    let long = format!("https://{}", "a".repeat(193));
    for (endpoint, error) in [
        ("", SentinelError::InvalidUrl),
        ("peer-a.example:9000", SentinelError::InvalidUrl),
        ("https://a b", SentinelError::InvalidUrl),
        (long.as_str(), SentinelError::UrlTooLong),
    ] {
        let mut join = network.program.join_network(&user.pubkey(), "https://a");
        let len = u32::try_from(endpoint.len()).unwrap().to_le_bytes();
        join.data = [&discriminator::JOIN_NETWORK[..], &len, endpoint.as_bytes(), &[0; 8]].concat();
        assert_eq!(network.refusal(join, &[&user]), error, "{endpoint}");
    }
}
