//! Accounts that are not what the program wrote: no instruction takes one of them, whichever it is.

use sentinel_interface::{SentinelError, program_id::TOKEN_2022};
use solana_sdk::pubkey::Pubkey;

use crate::{
    hostile::refused_with,
    valid::{Valid, all},
};

/// Makes each of the changes to each of the program's own accounts that an instruction takes, one at a time.
fn tampered(changes: &[fn(&mut Vec<u8>, &mut Pubkey)], refusal: SentinelError) {
    let mut accounts = 0;
    for mut valid in all() {
        for (index, address) in valid.own_accounts() {
            for change in changes {
                let attempt = valid.attempt_with(&address, change);
                assert_eq!(attempt, refused_with(refusal), "{} {}", valid.name, valid.roles[index].name);
            }
            accounts += 1;
        }
    }
    assert!(accounts >= 24, "there were accounts to tamper with: {accounts}");
}

#[test]
fn an_account_that_another_program_owns_is_worth_nothing() {
    tampered(&[|_, owner| *owner = TOKEN_2022.into()], SentinelError::WrongOwner);
}

#[test]
fn data_that_end_early_go_on_or_are_of_no_kind_are_refused() {
    let changes: [fn(&mut Vec<u8>, &mut Pubkey); 9] = [
        |data, _| data.clear(),
        |data, _| data.truncate(7),
        |data, _| data.truncate(8),
        |data, _| data.truncate(9),
        |data, _| data.truncate(40),
        |data, _| data.truncate(80),
        |data, _| data.truncate(data.len() - 1),
        |data, _| data.push(0),
        |data, _| data[..8].fill(0xff),
    ];
    tampered(&changes, SentinelError::WrongAccount);
}

#[test]
fn a_true_account_at_a_false_address_is_refused() {
    let forged = Pubkey::new_from_array([9; 32]);
    for mut valid in all() {
        for (index, address) in valid.own_accounts() {
            let copy = valid.network.svm.get_account(&address).unwrap();
            valid.network.svm.set_account(forged, copy).unwrap();
            let mut changed = valid.instruction.clone();
            changed.accounts[index].pubkey = forged;
            let refused = refused_with(SentinelError::WrongAddress);
            assert_eq!(valid.attempt(changed), refused, "{} {}", valid.name, valid.roles[index].name);
        }
    }
}

#[test]
fn an_account_that_is_to_be_created_stands_where_its_seeds_lead() {
    for valid in all() {
        let Valid { network, instruction, roles, .. } = &valid;
        let is_new = |address: &Pubkey| network.svm.get_account(address).is_none();
        for (index, meta) in instruction.accounts.iter().enumerate().filter(|(_, meta)| is_new(&meta.pubkey))
        {
            let mut changed = instruction.clone();
            changed.accounts[index].pubkey = Pubkey::new_from_array([9; 32]);
            // The associated token account program says so itself.
            let expected = match (valid.name, roles[index].name) {
                ("mint_nft", "token_account") => None,
                _ => Some(refused_with(SentinelError::WrongAddress)),
            };
            let attempt = valid.attempt(changed);
            assert!(attempt.is_err());
            if let Some(expected) = expected {
                assert_eq!(attempt, expected, "{} {} {}", valid.name, roles[index].name, meta.pubkey);
            }
        }
    }
}
