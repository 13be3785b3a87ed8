//! Numbers at their limits, in accounts that no instruction could have written: every instruction ends with its result or
//! with an error of the program, and no number wraps around.

use sentinel_interface::{Peer, Post, SentinelError, State};
use sentinel_tests::program::key;
use solana_sdk::{
    clock::Clock, instruction::InstructionError, pubkey::Pubkey, signer::Signer,
    transaction::TransactionError,
};

use crate::valid::{Valid, all};

const LIMITS: [[u8; 8]; 6] = [
    u64::MAX.to_le_bytes(),
    i64::MIN.to_le_bytes(),
    i64::MAX.to_le_bytes(),
    0u64.to_le_bytes(),
    1u64.to_le_bytes(),
    (-1i64).to_le_bytes(),
];

/// Tries every instruction after `change`, which may say that an account is not there.
fn ends_well(change: impl Fn(&mut Valid) -> bool) {
    for mut valid in all() {
        if !change(&mut valid) {
            continue;
        }
        match valid.attempt(valid.instruction.clone()) {
            Ok(()) => {}
            Err(TransactionError::InstructionError(0, InstructionError::Custom(code))) => {
                // 1: whoever pays cannot pay that much.
                assert!(code == 1 || SentinelError::try_from(code).is_ok(), "{}: {code}", valid.name);
            }
            Err(other) => panic!("{}: {other}", valid.name),
        }
    }
}

/// Writes a limit into a field of an account.
fn plant(valid: &mut Valid, account: &Pubkey, offset: usize, limit: [u8; 8]) -> bool {
    if valid.network.svm.get_account(account).is_none_or(|account| account.data.is_empty()) {
        return false;
    }
    valid.network.tamper(account, |data, _| data[offset..][..8].copy_from_slice(&limit));
    true
}

#[test]
fn the_states_numbers_may_be_anything() {
    // Cycle, its start, and behind that length, bond, karma of a like, of a dispute, and of a voter.
    let offsets = (State::CYCLE_INDEX_OFFSET..State::PARAMETERS_OFFSET + 40).step_by(8);
    for (offset, limit) in offsets.flat_map(|offset| LIMITS.map(|limit| (offset, limit))) {
        ends_well(|valid| {
            let state = valid.network.program.state();
            plant(valid, &state, offset, limit)
        });
    }
}

#[test]
fn a_peers_numbers_may_be_anything() {
    for offset in [Peer::KARMA_OFFSET, Peer::GRANTED_OFFSET, Peer::JOINED_OFFSET, Peer::LAST_POST_OFFSET] {
        for (limit, user) in LIMITS.into_iter().flat_map(|limit| [(limit, 10), (limit, 11)]) {
            ends_well(|valid| {
                let peer = valid.network.program.peer(&key(user).pubkey());
                plant(valid, &peer, offset, limit)
            });
        }
    }
}

#[test]
fn a_bond_that_the_account_does_not_hold_is_not_paid() {
    for mut valid in all().into_iter().filter(|valid| valid.name == "leave_network") {
        let (user, program) = (key(10).pubkey(), valid.network.program);
        let peer = program.peer(&user);
        assert!(plant(&mut valid, &peer, Peer::BOND_OFFSET, u64::MAX.to_le_bytes()));
        valid.send();
        let rent = valid.network.svm.minimum_balance_for_rent_exemption(valid.network.data(&peer).len());
        assert_eq!(valid.network.svm.get_balance(&peer), Some(rent));
    }
}

#[test]
fn opinions_may_be_anything() {
    for value in [0x7f, 0x80, 0xff] {
        ends_well(|valid| {
            let peer = valid.network.program.peer(&key(10).pubkey());
            let bytes = [value; 8];
            (0..16).all(|block| plant(valid, &peer, Peer::OPINIONS_OFFSET + 8 * block, bytes))
        });
    }
}

#[test]
fn a_posts_numbers_may_be_anything() {
    for offset in
        [Post::CYCLE_INDEX_OFFSET, Post::TIMESTAMP_OFFSET, Post::LIKES_OFFSET, Post::DISPUTES_OFFSET]
    {
        for limit in LIMITS {
            ends_well(|valid| {
                let post = valid.network.program.post(&key(10).pubkey(), &[7; 32]);
                plant(valid, &post, offset, limit)
            });
        }
    }
}

#[test]
fn the_clock_may_show_anything() {
    for unix_timestamp in [i64::MIN, -1, 0, 1, i64::MAX] {
        ends_well(|valid| {
            let clock: Clock = valid.network.svm.get_sysvar();
            valid.network.svm.set_sysvar(&Clock { unix_timestamp, ..clock });
            true
        });
    }
}
