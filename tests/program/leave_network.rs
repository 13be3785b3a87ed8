//! `leave_network`, and joining again.

use sentinel_interface::{Opinions, Parameters, Peer, SentinelError, VerdictKind};
use sentinel_tests::program::{Network, PARAMETERS};
use solana_sdk::{signature::Keypair, signer::Signer};

fn leave(network: &mut Network, user: &Keypair) -> u64 {
    network.send(network.program.leave_network(&user.pubkey()), &[user]).unwrap().fee
}

/// A founder with 60 karma of whom somebody thinks badly.
fn disputed() -> (Network, Keypair) {
    let mut network = Network::founded();
    let (owner, foe) = (network.founder(10, 60), network.founder(11, 50));
    let post = network.publish(&owner, [7; 32]);
    network.give(VerdictKind::Dispute, &foe, &owner, &post).unwrap();
    network.wait(PARAMETERS.cycle_length);
    (network, owner)
}

#[test]
fn who_leaves_in_good_standing_gets_the_bond_back_and_keeps_the_account() {
    let mut network = Network::founded();
    let user = network.founder(10, 60);
    let peer = network.program.peer(&user.pubkey());
    let before = (network.svm.get_balance(&user.pubkey()).unwrap(), network.data(&peer));
    let fee = leave(&mut network, &user);
    assert_eq!(network.svm.get_balance(&user.pubkey()).unwrap(), before.0 + PARAMETERS.bond - fee);
    let data = network.data(&peer);
    let expected = Peer { active: false, bond: 0, ..Peer::parse(&before.1).unwrap() };
    assert_eq!(Peer::parse(&data).unwrap(), expected);
    let rent = network.svm.minimum_balance_for_rent_exemption(data.len());
    assert_eq!(network.svm.get_balance(&peer).unwrap(), rent);
}

#[test]
fn who_leaves_disputed_more_than_liked_leaves_the_bond_to_the_network() {
    let (mut network, owner) = disputed();
    let state = network.program.state();
    let before =
        (network.svm.get_balance(&owner.pubkey()).unwrap(), network.svm.get_balance(&state).unwrap());
    let fee = leave(&mut network, &owner);
    assert_eq!(network.svm.get_balance(&owner.pubkey()).unwrap(), before.0 - fee);
    assert_eq!(network.svm.get_balance(&state).unwrap(), before.1 + PARAMETERS.bond);
}

#[test]
fn nobody_leaves_before_others_could_dispute_the_last_post() {
    let mut network = Network::founded();
    let user = network.newcomer(10);
    network.publish(&user, [7; 32]);
    network.wait(PARAMETERS.cycle_length / 2);
    network.publish(&user, [8; 32]);
    let attempt = network.program.leave_network(&user.pubkey());
    network.wait(PARAMETERS.cycle_length - 1);
    assert_eq!(network.refusal(attempt.clone(), &[&user]), SentinelError::TooSoon);
    network.wait(-2 * PARAMETERS.cycle_length);
    assert_eq!(network.refusal(attempt, &[&user]), SentinelError::TooSoon, "a clock that was set back");
    network.wait(2 * PARAMETERS.cycle_length + 1);
    leave(&mut network, &user);
}

#[test]
fn only_an_active_peer_leaves_and_only_for_itself() {
    let mut network = Network::founded();
    let (user, stranger) = (network.newcomer(10), network.user(11));
    let attempt = network.program.leave_network(&stranger.pubkey());
    assert_eq!(network.refusal(attempt.clone(), &[&stranger]), SentinelError::NotPeer);
    let mut foreign = attempt;
    foreign.accounts[1].pubkey = network.program.peer(&user.pubkey());
    assert_eq!(network.refusal(foreign, &[&stranger]), SentinelError::WrongAddress);
    leave(&mut network, &user);
    let again = network.program.leave_network(&user.pubkey());
    assert_eq!(network.refusal(again, &[&user]), SentinelError::NotPeer);
}

#[test]
fn who_joins_again_pays_anew_and_has_its_karma_and_its_record() {
    let (mut network, owner) = disputed();
    let peer = network.program.peer(&owner.pubkey());
    leave(&mut network, &owner);
    network.wait(1000);
    for endpoint in ["https://a-longer-name.after-the-return.example", "http://b"] {
        let before = network.data(&peer);
        let before = Peer::parse(&before).unwrap();
        assert_eq!((before.karma, before.opinions.sum()), (55, -5));
        let join = network.program.join_network(&owner.pubkey(), endpoint);
        network.send(join, &[&owner]).unwrap();
        let data = network.data(&peer);
        let after = Peer::parse(&data).unwrap();
        assert_eq!(after.endpoint.as_str(), endpoint);
        assert!(after.joined > before.joined);
        let expected = Peer {
            active: true,
            bond: PARAMETERS.bond,
            joined: after.joined,
            endpoint: after.endpoint,
            ..before
        };
        assert_eq!(after, expected);
        let rent = network.svm.minimum_balance_for_rent_exemption(data.len());
        assert_eq!(network.svm.get_balance(&peer).unwrap(), rent + PARAMETERS.bond);
        leave(&mut network, &owner);
        network.wait(1000);
    }
}

#[test]
fn karma_is_granted_again_only_by_the_authority() {
    let (mut network, owner) = disputed();
    leave(&mut network, &owner);
    let authority = network.authority.insecure_clone();
    let own = network.program.join_as_founder(&owner.pubkey(), &owner.pubkey(), "https://a", 99);
    assert_eq!(network.refusal(own, &[&owner]), SentinelError::AuthorityRequired);
    let granted = network.program.join_as_founder(&owner.pubkey(), &authority.pubkey(), "https://a", 99);
    network.send(granted, &[&owner, &authority]).unwrap();
    assert_eq!(network.karma(&owner.pubkey()), 94, "and the opinions stay");
}

#[test]
fn a_founder_whose_karma_is_the_largest_number_leaves_and_joins_without_an_overflow() {
    let mut network = Network::founded();
    let user = network.founder(10, u64::MAX);
    leave(&mut network, &user);
    network.send(network.program.join_network(&user.pubkey(), "https://a"), &[&user]).unwrap();
    assert_eq!(network.karma(&user.pubkey()), u64::MAX);
    let data = network.data(&network.program.peer(&user.pubkey()));
    assert_eq!(Peer::parse(&data).unwrap().opinions, Opinions::NONE);
}

#[test]
fn a_network_without_a_bond_lets_peers_come_and_go() {
    let mut network = Network::founded_with(Parameters { bond: 0, ..PARAMETERS });
    let user = network.newcomer(10);
    leave(&mut network, &user);
    network.send(network.program.join_network(&user.pubkey(), "https://b"), &[&user]).unwrap();
}
