//! `set_endpoint`.

use crate::valid::replace;
use sentinel_interface::{Peer, SentinelError, instruction::SetEndpointAccounts, program_id::TOKEN_2022};
use sentinel_tests::program::{Network, PARAMETERS};
use solana_sdk::{pubkey::Pubkey, signature::Keypair, signer::Signer};

const SHORT: &str = "http://a";
const LONG: &str = "https://a-much-longer-name.peer-a.example:9000";

fn joined() -> (Network, Keypair, Pubkey) {
    let mut network = Network::founded();
    let user = network.founder(10, 50);
    let peer = network.program.peer(&user.pubkey());
    (network, user, peer)
}

fn rent(network: &Network, account: &Pubkey) -> u64 {
    network.svm.minimum_balance_for_rent_exemption(network.data(account).len())
}

#[test]
fn a_peer_moves_to_a_longer_and_to_a_shorter_endpoint_and_nothing_else_changes() {
    let (mut network, user, peer) = joined();
    let before = network.data(&peer);
    for endpoint in [LONG, SHORT, LONG] {
        network.send(network.program.set_endpoint(&user.pubkey(), endpoint), &[&user]).unwrap();
        let data = network.data(&peer);
        let after = Peer::parse(&data).unwrap();
        assert_eq!(after.endpoint.as_str(), endpoint);
        assert_eq!(Peer { endpoint: after.endpoint, ..Peer::parse(&before).unwrap() }, after);
    }
}

#[test]
fn the_account_always_holds_its_rent_and_the_bond_and_the_user_has_the_rest() {
    let (mut network, user, peer) = joined();
    let sum = |network: &Network| {
        network.svm.get_balance(&user.pubkey()).unwrap() + network.svm.get_balance(&peer).unwrap()
    };
    for endpoint in [LONG, SHORT, LONG] {
        let before = sum(&network);
        let done = network.send(network.program.set_endpoint(&user.pubkey(), endpoint), &[&user]).unwrap();
        let bond = PARAMETERS.bond;
        assert_eq!(network.svm.get_balance(&peer).unwrap(), rent(&network, &peer) + bond, "{endpoint}");
        assert_eq!(sum(&network) + done.fee, before, "{endpoint}");
    }
}

#[test]
fn only_active_peers_move() {
    let (mut network, user, peer) = joined();
    let stranger = network.user(11);
    let moved = network.program.set_endpoint(&stranger.pubkey(), LONG);
    assert_eq!(network.refusal(moved, &[&stranger]), SentinelError::NotPeer);
    network.tamper(&peer, |data, _| data[Peer::ACTIVE_OFFSET] = 0);
    let moved = network.program.set_endpoint(&user.pubkey(), LONG);
    assert_eq!(network.refusal(moved, &[&user]), SentinelError::NotPeer);
}

#[test]
fn nobody_moves_another_peer() {
    let (mut network, _, peer) = joined();
    let other = network.founder(11, 50);
    let mut moved = network.program.set_endpoint(&other.pubkey(), LONG);
    replace(&mut moved, &SetEndpointAccounts::ROLES, "peer", &peer);
    assert_eq!(network.refusal(moved, &[&other]), SentinelError::WrongAddress);
}

#[test]
fn a_peer_account_that_the_program_did_not_write_is_refused() {
    let (mut network, user, peer) = joined();
    let moved = network.program.set_endpoint(&user.pubkey(), LONG);
    network.tamper(&peer, |data, _| data.truncate(Peer::ENDPOINT_OFFSET));
    assert_eq!(network.refusal(moved.clone(), &[&user]), SentinelError::WrongAccount);
    network.tamper(&peer, |_, owner| *owner = TOKEN_2022.into());
    assert_eq!(network.refusal(moved, &[&user]), SentinelError::WrongOwner);
}

#[test]
fn an_endpoint_is_a_url_of_at_most_200_bytes() {
    let (network, user, _) = joined();
    let with = |url: &str| {
        let mut moved = network.program.set_endpoint(&user.pubkey(), LONG);
        moved.data.truncate(8);
        moved.data.extend(u32::try_from(url.len()).unwrap().to_le_bytes());
        moved.data.extend(url.as_bytes());
        network.refusal(moved, &[&user])
    };
    assert_eq!(with(&format!("https://{}", "a".repeat(193))), SentinelError::UrlTooLong);
    for bad in ["", "ftp://a", "https://", "https://a b"] {
        assert_eq!(with(bad), SentinelError::InvalidUrl, "{bad:?}");
    }
}
