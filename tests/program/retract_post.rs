//! `retract_post`.

use sentinel_interface::{Post, SentinelError};
use sentinel_tests::program::PARAMETERS;
use solana_sdk::signer::Signer;

use crate::verdicts::published;

#[test]
fn a_retracted_post_says_so_and_is_otherwise_as_it_was() {
    let (mut network, owner, post) = published();
    let before = network.data(&post);
    network.send(network.program.retract_post(&owner.pubkey(), &post), &[&owner]).unwrap();
    let after = network.data(&post);
    assert_eq!(Post::parse(&after).unwrap(), Post { retracted: true, ..Post::parse(&before).unwrap() });
}

#[test]
fn a_post_is_retracted_once() {
    let (mut network, owner, post) = published();
    let retract = network.program.retract_post(&owner.pubkey(), &post);
    network.send(retract.clone(), &[&owner]).unwrap();
    assert_eq!(network.refusal(retract, &[&owner]), SentinelError::Retracted);
}

#[test]
fn a_peer_that_has_left_still_retracts_and_so_does_whoever_noticed_late() {
    let (mut network, owner, post) = published();
    network.wait(5 * PARAMETERS.cycle_length);
    network.send(network.program.leave_network(&owner.pubkey()), &[&owner]).unwrap();
    network.send(network.program.retract_post(&owner.pubkey(), &post), &[&owner]).unwrap();
    assert!(Post::parse(&network.data(&post)).unwrap().retracted);
}

#[test]
fn nobody_else_retracts_a_post_not_even_the_authority() {
    let (mut network, _, post) = published();
    for other in [network.founder(11, 90), network.user(12), network.authority.insecure_clone()] {
        let retract = network.program.retract_post(&other.pubkey(), &post);
        assert_eq!(network.refusal(retract, &[&other]), SentinelError::ForeignPost);
    }
}

#[test]
fn a_post_that_is_gone_is_not_retracted() {
    let (mut network, owner, post) = published();
    network.wait(2 * PARAMETERS.cycle_length);
    network.send(network.program.retire_post(&owner.pubkey(), &[7; 32]), &[&owner]).unwrap();
    let retract = network.program.retract_post(&owner.pubkey(), &post);
    assert_eq!(network.refusal(retract, &[&owner]), SentinelError::NoPost);
}
