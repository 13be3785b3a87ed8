//! Numbers at their limits, in accounts that no instruction could have written: every instruction ends with its result or
//! with an error of the program, and no number wraps around.

use sentinel_interface::{Opinions, Peer, Post, SentinelError, State};
use sentinel_tests::program::{Program, key};
use solana_sdk::{
    clock::Clock, instruction::InstructionError, pubkey::Pubkey, signer::Signer,
    transaction::TransactionError,
};

use crate::valid::{Valid, all};

const LIMITS: [[u8; 8]; 5] = [
    u64::MAX.to_le_bytes(),
    i64::MIN.to_le_bytes(),
    i64::MAX.to_le_bytes(),
    0u64.to_le_bytes(),
    1u64.to_le_bytes(),
];

fn ended_well(valid: &Valid, attempt: Result<(), TransactionError>) {
    match attempt {
        Ok(()) => {}
        Err(TransactionError::InstructionError(0, InstructionError::Custom(code))) => {
            // 1 is the system program's: whoever pays has not that much.
            assert!(code == 1 || SentinelError::try_from(code).is_ok(), "{}: {code}", valid.name);
        }
        Err(other) => panic!("{}: {other}", valid.name),
    }
}

/// Tries every instruction that takes `account` with each limit in each of the account's fields.
fn end_well(account: impl Fn(Program) -> Pubkey, fields: &[usize]) {
    let mut attempts = 0;
    for mut valid in all() {
        let account = account(valid.network.program);
        if !valid.own_accounts().iter().any(|(_, own)| *own == account) {
            continue;
        }
        for (field, limit) in fields.iter().flat_map(|field| LIMITS.map(|limit| (*field, limit))) {
            let attempt = valid.attempt_with(&account, |data, _| data[field..][..8].copy_from_slice(&limit));
            ended_well(&valid, attempt);
            attempts += 1;
        }
    }
    assert!(attempts > 0, "instructions take the account");
}

#[test]
fn the_states_numbers_may_be_anything() {
    // Cycle, its start, and behind that length, bond, karma of a like, of a dispute, and of a voter.
    let fields: Vec<_> = (State::CYCLE_INDEX_OFFSET..State::PARAMETERS_OFFSET + 40).step_by(8).collect();
    end_well(|program| program.state(), &fields);
}

#[test]
fn a_peers_numbers_may_be_anything() {
    let fields = [Peer::KARMA_OFFSET, Peer::GRANTED_OFFSET, Peer::BOND_OFFSET, Peer::LAST_POST_OFFSET];
    for user in [10, 11] {
        end_well(|program| program.peer(&key(user).pubkey()), &fields);
    }
}

#[test]
fn opinions_may_be_anything() {
    let fields: Vec<_> = (Peer::OPINIONS_OFFSET..Peer::OPINIONS_OFFSET + Opinions::LEN).step_by(64).collect();
    end_well(|program| program.peer(&key(10).pubkey()), &fields);
}

#[test]
fn a_posts_numbers_may_be_anything() {
    let fields =
        [Post::CYCLE_INDEX_OFFSET, Post::TIMESTAMP_OFFSET, Post::LIKES_OFFSET, Post::DISPUTES_OFFSET];
    end_well(|program| program.post(&key(10).pubkey(), &[7; 32]), &fields);
}

#[test]
fn the_clock_may_show_anything() {
    for mut valid in all() {
        let clock: Clock = valid.network.svm.get_sysvar();
        for unix_timestamp in [i64::MIN, -1, 0, 1, i64::MAX] {
            valid.network.svm.set_sysvar(&Clock { unix_timestamp, ..clock.clone() });
            ended_well(&valid, valid.attempt(valid.instruction.clone()));
        }
    }
}

#[test]
fn a_bond_that_the_account_does_not_hold_is_not_paid() {
    let mut valid = all().into_iter().find(|valid| valid.name == "leave_network").unwrap();
    let peer = valid.network.program.peer(&key(10).pubkey());
    let bond = u64::MAX.to_le_bytes();
    valid.network.tamper(&peer, |data, _| data[Peer::BOND_OFFSET..][..8].copy_from_slice(&bond));
    valid.send();
    let rent = valid.network.svm.minimum_balance_for_rent_exemption(valid.network.data(&peer).len());
    assert_eq!(valid.network.svm.get_balance(&peer), Some(rent));
}
