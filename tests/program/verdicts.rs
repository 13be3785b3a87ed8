//! What holds for likes and disputes alike.

use sentinel_interface::{
    Peer, Post, SentinelError, VerdictKind,
    instruction::{DisputePostAccounts, LikePostAccounts},
};
use sentinel_tests::program::{Network, PARAMETERS};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey, signature::Keypair, signer::Signer};

use crate::valid::replace;

const HASH: [u8; 32] = [7; 32];

/// A network in which a founder with 50 karma has published a log.
pub(crate) fn published() -> (Network, Keypair, Pubkey) {
    let mut network = Network::founded();
    let owner = network.founder(10, 50);
    let post = network.publish(&owner, HASH);
    (network, owner, post)
}

/// Puts another address in the place of the account at this place in the instruction's order.
fn replace_at(instruction: &mut Instruction, index: usize, address: &Pubkey) {
    let name = LikePostAccounts::ROLES[index].name;
    replace(instruction, &LikePostAccounts::ROLES, name, address);
}

const VOTER_PEER: usize = 1;
const OWNER_PEER: usize = 3;
const VERDICT: usize = 4;

#[test]
fn both_take_the_same_accounts_in_the_same_order() {
    for (like, dispute) in LikePostAccounts::ROLES.iter().zip(DisputePostAccounts::ROLES) {
        assert_eq!((like.is_signer, like.is_writable), (dispute.is_signer, dispute.is_writable));
    }
}

#[test]
fn nobody_judges_their_own_post() {
    let (network, owner, post) = published();
    for kind in VerdictKind::ALL {
        let own = network.program.give(kind, &owner.pubkey(), &owner.pubkey(), &post);
        assert_eq!(network.refusal(own, &[&owner]), kind.refusal_of_own());
    }
}

#[test]
fn nobody_gives_the_same_verdict_twice() {
    let (mut network, owner, post) = published();
    let voter = network.founder(11, 50);
    for kind in VerdictKind::ALL {
        let verdict = network.program.give(kind, &voter.pubkey(), &owner.pubkey(), &post);
        network.send(verdict.clone(), &[&voter]).unwrap();
        assert_eq!(network.refusal(verdict, &[&voter]), kind.refusal_of_second());
    }
}

#[test]
fn only_active_peers_judge() {
    let (mut network, owner, post) = published();
    let (stranger, leaver) = (network.user(11), network.newcomer(12));
    network.send(network.program.leave_network(&leaver.pubkey()), &[&leaver]).unwrap();
    for kind in VerdictKind::ALL {
        for voter in [&stranger, &leaver] {
            let verdict = network.program.give(kind, &voter.pubkey(), &owner.pubkey(), &post);
            assert_eq!(network.refusal(verdict, &[voter]), SentinelError::NotPeer);
        }
    }
}

#[test]
fn a_peer_that_has_left_is_judged_all_the_same() {
    let (mut network, owner, post) = published();
    let voter = network.founder(11, 50);
    network.wait(PARAMETERS.cycle_length);
    network.send(network.program.leave_network(&owner.pubkey()), &[&owner]).unwrap();
    network.give(VerdictKind::Dispute, &voter, &owner, &post).unwrap();
    assert_eq!(network.karma(&owner.pubkey()), 45);
}

#[test]
fn nobody_votes_with_another_peers_karma() {
    let (mut network, owner, post) = published();
    let (newcomer, founder) = (network.newcomer(11), network.founder(12, 90));
    for kind in VerdictKind::ALL {
        let mut verdict = network.program.give(kind, &newcomer.pubkey(), &owner.pubkey(), &post);
        replace_at(&mut verdict, VOTER_PEER, &network.program.peer(&founder.pubkey()));
        assert_eq!(network.refusal(verdict, &[&newcomer]), SentinelError::WrongAddress);
    }
}

#[test]
fn karma_moves_for_the_posts_owner_and_for_nobody_else() {
    let (mut network, owner, post) = published();
    let (voter, other) = (network.founder(11, 50), network.newcomer(12));
    for kind in VerdictKind::ALL {
        for other in [&voter, &other] {
            let mut verdict = network.program.give(kind, &voter.pubkey(), &owner.pubkey(), &post);
            replace_at(&mut verdict, OWNER_PEER, &network.program.peer(&other.pubkey()));
            assert_eq!(network.refusal(verdict, &[&voter]), SentinelError::WrongAddress);
        }
    }
}

#[test]
fn a_verdict_is_not_recorded_under_another_peers_posts_or_kinds_address() {
    let (mut network, owner, post) = published();
    let voter = network.founder(11, 50);
    let second = network.publish(&owner, [8; 32]);
    let program = network.program;
    for (kind, other_kind) in
        [(VerdictKind::Like, VerdictKind::Dispute), (VerdictKind::Dispute, VerdictKind::Like)]
    {
        for foreign in [
            program.verdict(kind, &owner.pubkey(), &post),
            program.verdict(kind, &voter.pubkey(), &second),
            program.verdict(other_kind, &voter.pubkey(), &post),
        ] {
            let mut verdict = program.give(kind, &voter.pubkey(), &owner.pubkey(), &post);
            replace_at(&mut verdict, VERDICT, &foreign);
            assert_eq!(network.refusal(verdict, &[&voter]), SentinelError::WrongAddress);
        }
    }
}

#[test]
fn posts_are_judged_in_their_cycle_and_the_next_whether_anybody_advances_or_not() {
    for advances in [false, true] {
        let (mut network, owner, post) = published();
        let (early, late, too_late) =
            (network.founder(11, 50), network.founder(12, 50), network.founder(13, 50));
        network.give(VerdictKind::Like, &early, &owner, &post).unwrap();
        network.wait(2 * PARAMETERS.cycle_length - 1);
        if advances {
            network.send(network.program.advance_cycle(), &[&early]).unwrap();
        }
        network.give(VerdictKind::Like, &late, &owner, &post).unwrap();
        network.wait(1);
        for kind in VerdictKind::ALL {
            let verdict = network.program.give(kind, &too_late.pubkey(), &owner.pubkey(), &post);
            assert_eq!(network.refusal(verdict, &[&too_late]), SentinelError::PostTooOld);
        }
        assert_eq!(network.karma(&owner.pubkey()), 52);
    }
}

#[test]
fn a_retracted_post_is_judged_no_more() {
    let (mut network, owner, post) = published();
    let voter = network.founder(11, 50);
    network.send(network.program.retract_post(&owner.pubkey(), &post), &[&owner]).unwrap();
    for kind in VerdictKind::ALL {
        let verdict = network.program.give(kind, &voter.pubkey(), &owner.pubkey(), &post);
        assert_eq!(network.refusal(verdict, &[&voter]), SentinelError::Retracted);
    }
}

#[test]
fn a_retired_post_and_one_that_never_was_cannot_be_judged() {
    let (mut network, owner, post) = published();
    let voter = network.founder(11, 50);
    network.wait(2 * PARAMETERS.cycle_length);
    network.send(network.program.retire_post(&owner.pubkey(), &HASH), &[&owner]).unwrap();
    for post in [post, network.program.post(&owner.pubkey(), &[9; 32])] {
        for kind in VerdictKind::ALL {
            let verdict = network.program.give(kind, &voter.pubkey(), &owner.pubkey(), &post);
            assert_eq!(network.refusal(verdict, &[&voter]), SentinelError::NoPost);
        }
    }
}

#[test]
fn a_count_at_its_limit_does_not_wrap_around() {
    let (mut network, owner, post) = published();
    let voter = network.founder(11, 50);
    for kind in VerdictKind::ALL {
        network.tamper(&post, |data, _| Post::set_count(data, kind, u64::MAX).unwrap());
        let verdict = network.program.give(kind, &voter.pubkey(), &owner.pubkey(), &post);
        assert_eq!(network.refusal(verdict, &[&voter]), SentinelError::ArithmeticOverflow);
    }
}

#[test]
fn karma_at_its_limit_stays_there() {
    let (mut network, owner, post) = published();
    let voter = network.founder(11, 50);
    let peer = network.program.peer(&owner.pubkey());
    network.tamper(&peer, |data, _| {
        data[Peer::GRANTED_OFFSET..][..8].copy_from_slice(&u64::MAX.to_le_bytes());
    });
    network.give(VerdictKind::Like, &voter, &owner, &post).unwrap();
    assert_eq!(network.karma(&owner.pubkey()), u64::MAX);
    network.give(VerdictKind::Dispute, &voter, &owner, &post).unwrap();
    assert_eq!(network.karma(&owner.pubkey()), u64::MAX - 4);
}

#[test]
fn lamports_sent_beforehand_keep_nobody_from_judging() {
    let (mut network, owner, post) = published();
    let voter = network.founder(11, 50);
    for kind in VerdictKind::ALL {
        let address = network.program.verdict(kind, &voter.pubkey(), &post);
        network.svm.airdrop(&address, 1_000_000).unwrap();
        network.give(kind, &voter, &owner, &post).unwrap();
    }
}
