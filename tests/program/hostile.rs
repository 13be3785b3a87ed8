//! What no instruction lets pass, whichever it is: accounts and data other than it asks for, and a second time.

use sentinel_interface::{
    SentinelError,
    program_id::{ASSOCIATED_TOKEN, SYSTEM, TOKEN_2022},
};
use sentinel_tests::program::key;
use solana_sdk::{
    instruction::InstructionError, pubkey::Pubkey, signer::Signer, transaction::TransactionError,
};

use crate::valid::{PAYER, all};

pub(crate) fn refused_with(error: SentinelError) -> Result<(), TransactionError> {
    Err(TransactionError::InstructionError(0, InstructionError::Custom(error.code())))
}

#[test]
fn the_instructions_succeed_before_they_are_tampered_with() {
    for valid in all() {
        assert_eq!(valid.attempt(valid.instruction.clone()), Ok(()), "{}", valid.name);
    }
}

#[test]
fn a_missing_signature_is_named() {
    for valid in all() {
        for (index, role) in valid.roles.iter().enumerate().filter(|(_, role)| role.is_signer) {
            let mut changed = valid.instruction.clone();
            changed.accounts[index].is_signer = false;
            let refused = refused_with(SentinelError::MissingSignature);
            assert_eq!(valid.attempt(changed), refused, "{} {}", valid.name, role.name);
        }
    }
}

#[test]
fn an_account_that_would_change_must_be_writable() {
    for valid in all() {
        for (index, role) in valid.roles.iter().enumerate().filter(|(_, role)| role.is_writable) {
            let mut changed = valid.instruction.clone();
            changed.accounts[index].is_writable = false;
            let refused = refused_with(SentinelError::NotWritable);
            assert_eq!(valid.attempt(changed), refused, "{} {}", valid.name, role.name);
        }
    }
}

#[test]
fn too_few_accounts_are_refused_at_every_number() {
    for valid in all() {
        for count in 0..valid.roles.len() {
            let mut changed = valid.instruction.clone();
            changed.accounts.truncate(count);
            assert_eq!(valid.attempt(changed), refused_with(SentinelError::NotEnoughAccounts));
        }
    }
}

#[test]
fn data_that_is_cut_off_or_goes_on_is_refused_at_every_length() {
    for valid in all() {
        for len in 0..valid.instruction.data.len() {
            let mut changed = valid.instruction.clone();
            changed.data.truncate(len);
            assert_eq!(valid.attempt(changed), refused_with(SentinelError::InvalidInstruction));
        }
        let mut changed = valid.instruction.clone();
        changed.data.push(0);
        assert_eq!(valid.attempt(changed), refused_with(SentinelError::InvalidInstruction));
    }
}

#[test]
fn an_unknown_instruction_is_refused() {
    for valid in all() {
        let mut changed = valid.instruction.clone();
        changed.data[..8].copy_from_slice(&[0xff; 8]);
        assert_eq!(valid.attempt(changed), refused_with(SentinelError::UnknownInstruction));
    }
}

#[test]
fn no_account_stands_in_for_another_of_the_same_instruction() {
    for valid in all() {
        for (index, role) in valid.roles.iter().enumerate().filter(|(_, role)| !role.is_signer) {
            for other in (0..valid.roles.len()).filter(|other| *other != index) {
                let mut changed = valid.instruction.clone();
                changed.accounts[index].pubkey = changed.accounts[other].pubkey;
                let (name, stand_in) = (valid.name, valid.roles[other].name);
                assert!(valid.attempt(changed).is_err(), "{name}: {stand_in} passed for {}", role.name);
            }
        }
    }
}

#[test]
fn no_account_is_replaced_by_a_strangers() {
    for valid in all() {
        for (index, role) in valid.roles.iter().enumerate().filter(|(_, role)| !role.is_signer) {
            for stranger in [key(PAYER).pubkey(), key(201).pubkey()] {
                let mut changed = valid.instruction.clone();
                changed.accounts[index].pubkey = stranger;
                assert!(
                    valid.attempt(changed).is_err(),
                    "{}: a stranger passed for {}",
                    valid.name,
                    role.name
                );
            }
        }
    }
}

#[test]
fn a_forged_program_is_never_called() {
    let token_1: Pubkey = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA".parse().unwrap();
    for valid in all() {
        let named = valid.roles.iter().enumerate().filter(|(_, role)| role.name.ends_with("_program"));
        for (index, role) in named {
            let forgeries = [
                SYSTEM.into(),
                TOKEN_2022.into(),
                ASSOCIATED_TOKEN.into(),
                token_1,
                valid.network.program.id,
            ];
            for forgery in
                forgeries.into_iter().filter(|forgery| *forgery != valid.instruction.accounts[index].pubkey)
            {
                let mut changed = valid.instruction.clone();
                changed.accounts[index].pubkey = forgery;
                let refused = refused_with(SentinelError::WrongProgram);
                assert_eq!(valid.attempt(changed), refused, "{} {} {forgery}", valid.name, role.name);
            }
        }
    }
}

#[test]
fn nothing_happens_twice() {
    for mut valid in all() {
        valid.send();
        let expected = match valid.name {
            "initialize" => SentinelError::AlreadyInitialized,
            "join_network" | "join_network again" => SentinelError::AlreadyPeer,
            "mint_nft" => SentinelError::AlreadyPosted,
            "like_post" => SentinelError::AlreadyLiked,
            "dispute_post" => SentinelError::AlreadyDisputed,
            "close_verdict" => SentinelError::NoVerdict,
            "retract_post" => SentinelError::Retracted,
            "retire_post" => SentinelError::NoPost,
            "leave_network" => SentinelError::NotPeer,
            "advance_cycle" => SentinelError::CycleNotOver,
            "add_mirror" => SentinelError::AlreadyMirrored,
            "remove_mirror" => SentinelError::NotMirrored,
            // Where the peer answers already.
            "set_endpoint" => {
                let peer = valid.network.program.peer(&key(10).pubkey());
                let before = valid.network.svm.get_account(&peer);
                valid.send();
                assert_eq!(valid.network.svm.get_account(&peer), before);
                continue;
            }
            other => panic!("an instruction without an expectation: {other}"),
        };
        assert_eq!(valid.attempt(valid.instruction.clone()), refused_with(expected), "{}", valid.name);
    }
}
