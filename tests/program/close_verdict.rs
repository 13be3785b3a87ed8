//! `close_verdict`.

use sentinel_interface::{SentinelError, VerdictKind, instruction::CloseVerdictAccounts};
use sentinel_tests::program::{Network, PARAMETERS};
use solana_sdk::{pubkey::Pubkey, signature::Keypair, signer::Signer};

use crate::{valid::replace, verdicts::published};

/// A post with a like and a dispute of the same voter: network, owner, voter, post.
fn judged() -> (Network, Keypair, Keypair, Pubkey) {
    let (mut network, owner, post) = published();
    let voter = network.founder(11, 50);
    for kind in VerdictKind::ALL {
        network.give(kind, &voter, &owner, &post).unwrap();
    }
    (network, owner, voter, post)
}

#[test]
fn anybody_closes_a_verdict_two_cycles_later_and_its_voter_gets_the_rent() {
    let (mut network, owner, voter, post) = judged();
    let stranger = network.user(12);
    network.wait(2 * PARAMETERS.cycle_length);
    for kind in VerdictKind::ALL {
        let address = network.program.verdict(kind, &voter.pubkey(), &post);
        let rent = network.svm.get_balance(&address).unwrap();
        let before = network.svm.get_balance(&voter.pubkey()).unwrap();
        network.send(network.program.close_verdict(kind, &voter.pubkey(), &post), &[&stranger]).unwrap();
        assert_eq!(network.svm.get_balance(&voter.pubkey()).unwrap(), before + rent);
        assert!(network.svm.get_account(&address).is_none_or(|account| account.lamports == 0));
    }
    assert_eq!(network.karma(&owner.pubkey()), 46, "the opinion stays");
}

#[test]
fn a_verdict_stays_while_its_post_takes_verdicts_and_goes_when_the_post_is_gone() {
    let (mut network, owner, voter, post) = judged();
    for kind in VerdictKind::ALL {
        let close = network.program.close_verdict(kind, &voter.pubkey(), &post);
        assert_eq!(network.refusal(close, &[&voter]), SentinelError::StillCounted);
    }
    network.wait(2 * PARAMETERS.cycle_length - 1);
    let close = network.program.close_verdict(VerdictKind::Like, &voter.pubkey(), &post);
    assert_eq!(network.refusal(close, &[&voter]), SentinelError::StillCounted);
    network.wait(1);
    network.send(network.program.retire_post(&owner.pubkey(), &[7; 32]), &[&owner]).unwrap();
    for kind in VerdictKind::ALL {
        network.send(network.program.close_verdict(kind, &voter.pubkey(), &post), &[&voter]).unwrap();
    }
}

#[test]
fn a_verdict_is_closed_once_and_never_given_again() {
    let (mut network, owner, voter, post) = judged();
    network.wait(2 * PARAMETERS.cycle_length);
    let close = network.program.close_verdict(VerdictKind::Like, &voter.pubkey(), &post);
    network.send(close.clone(), &[&voter]).unwrap();
    assert_eq!(network.refusal(close, &[&voter]), SentinelError::NoVerdict);
    let like = network.program.like_post(&voter.pubkey(), &owner.pubkey(), &post);
    assert_eq!(network.refusal(like, &[&voter]), SentinelError::PostTooOld);
}

#[test]
fn the_rent_goes_to_the_voter_and_to_nobody_else() {
    let (mut network, owner, voter, post) = judged();
    network.wait(2 * PARAMETERS.cycle_length);
    for other in [owner.pubkey(), network.program.state(), post] {
        let mut close = network.program.close_verdict(VerdictKind::Like, &voter.pubkey(), &post);
        replace(&mut close, &CloseVerdictAccounts::ROLES, "voter", &other);
        assert_eq!(network.refusal(close, &[&owner]), SentinelError::WrongAddress);
    }
}

#[test]
fn another_post_that_is_old_or_gone_does_not_pass_for_the_verdicts_own() {
    let (mut network, owner, _, old) = judged();
    network.wait(2 * PARAMETERS.cycle_length);
    let (voter, fresh) = (network.founder(12, 50), network.publish(&owner, [8; 32]));
    network.give(VerdictKind::Dispute, &voter, &owner, &fresh).unwrap();
    for other in [old, network.program.post(&owner.pubkey(), &[9; 32])] {
        let mut close = network.program.close_verdict(VerdictKind::Dispute, &voter.pubkey(), &fresh);
        replace(&mut close, &CloseVerdictAccounts::ROLES, "post", &other);
        assert_eq!(network.refusal(close, &[&voter]), SentinelError::WrongAddress);
    }
}

#[test]
fn accounts_of_other_kinds_are_not_closed() {
    let (mut network, owner, voter, post) = judged();
    network.wait(2 * PARAMETERS.cycle_length);
    for other in [network.program.state(), network.program.peer(&owner.pubkey()), post] {
        let mut close = network.program.close_verdict(VerdictKind::Like, &voter.pubkey(), &post);
        replace(&mut close, &CloseVerdictAccounts::ROLES, "verdict", &other);
        assert_eq!(network.refusal(close, &[&voter]), SentinelError::WrongAccount);
    }
}
