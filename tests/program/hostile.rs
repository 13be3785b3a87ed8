//! What no instruction lets pass, whichever it is.

use sentinel_interface::{
    SentinelError,
    instruction::{AccountRole, InitializeAccounts, JoinNetworkAccounts, LikePostAccounts, MintNftAccounts},
};
use sentinel_tests::program::{Network, PARAMETERS, key};
use solana_sdk::{
    instruction::{Instruction, InstructionError},
    pubkey::Pubkey,
    signature::Keypair,
    signer::Signer,
    transaction::TransactionError,
};

/// Puts another address in the place of the account called `name`.
pub(crate) fn replace(instruction: &mut Instruction, roles: &[AccountRole], name: &str, address: &Pubkey) {
    let index = roles.iter().position(|role| role.name == name).expect("an account of that name");
    instruction.accounts[index].pubkey = *address;
}

/// An instruction that succeeds as it is, on a ledger where it does.
struct Valid {
    network: Network,
    instruction: Instruction,
    roles: &'static [AccountRole],
    signers: Vec<Keypair>,
}

impl Valid {
    /// Tries a changed instruction; whoever still has to sign signs, and a stranger pays.
    fn attempt(&self, instruction: Instruction) -> Result<(), TransactionError> {
        let payer = key(200);
        let needed = |signer: &&Keypair| {
            instruction.accounts.iter().any(|meta| meta.is_signer && meta.pubkey == signer.pubkey())
        };
        let mut signers = vec![&payer];
        signers.extend(self.signers.iter().filter(needed));
        self.network.attempt(instruction.clone(), &signers)
    }
}

fn all() -> Vec<Valid> {
    let mut deployed = Network::deployed();
    deployed.fund(&key(200).pubkey());
    let founders = vec![deployed.authority.insecure_clone(), deployed.program_key.insecure_clone()];
    let mut rest = Vec::new();
    for roles in [&JoinNetworkAccounts::ROLES[..], &MintNftAccounts::ROLES, &LikePostAccounts::ROLES] {
        let mut network = Network::founded();
        network.fund(&key(200).pubkey());
        let (owner, liker, user) = (network.founder(10, 50), network.founder(11, 50), network.user(12));
        let post = network.publish(&owner, [7; 32]);
        let (signer, instruction) = match roles.len() {
            JoinNetworkAccounts::COUNT => {
                let join = network.program.join_network(&user.pubkey(), "https://user");
                (user, join)
            }
            MintNftAccounts::COUNT => {
                let mint = network.program.mint_nft(&owner.pubkey(), "https://founder/log", [8; 32]);
                (owner, mint)
            }
            _ => {
                let like = network.program.like_post(&liker.pubkey(), &owner.pubkey(), &post);
                (liker, like)
            }
        };
        rest.push(Valid { network, instruction, roles, signers: vec![signer] });
    }
    let initialize = deployed.program.initialize(&deployed.authority.pubkey(), PARAMETERS);
    rest.push(Valid {
        network: deployed,
        instruction: initialize,
        roles: &InitializeAccounts::ROLES,
        signers: founders,
    });
    rest
}

fn refused_with(error: SentinelError) -> Result<(), TransactionError> {
    Err(TransactionError::InstructionError(0, InstructionError::Custom(error.code())))
}

#[test]
fn the_instructions_succeed_before_they_are_tampered_with() {
    for valid in all() {
        assert_eq!(valid.attempt(valid.instruction.clone()), Ok(()));
    }
}

#[test]
fn a_missing_signature_is_named() {
    for valid in all() {
        for (index, role) in valid.roles.iter().enumerate().filter(|(_, role)| role.is_signer) {
            let mut changed = valid.instruction.clone();
            changed.accounts[index].is_signer = false;
            assert_eq!(
                valid.attempt(changed),
                refused_with(SentinelError::MissingSignature),
                "{}",
                role.name
            );
        }
    }
}

#[test]
fn an_account_that_would_change_must_be_writable() {
    for valid in all() {
        for (index, role) in valid.roles.iter().enumerate().filter(|(_, role)| role.is_writable) {
            let mut changed = valid.instruction.clone();
            changed.accounts[index].is_writable = false;
            assert_eq!(valid.attempt(changed), refused_with(SentinelError::NotWritable), "{}", role.name);
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
                let stand_in = valid.roles[other].name;
                assert!(valid.attempt(changed).is_err(), "{stand_in} passed for {}", role.name);
            }
        }
    }
}

#[test]
fn no_account_is_replaced_by_a_strangers() {
    for valid in all() {
        for (index, role) in valid.roles.iter().enumerate().filter(|(_, role)| !role.is_signer) {
            for stranger in [key(200).pubkey(), key(201).pubkey()] {
                let mut changed = valid.instruction.clone();
                changed.accounts[index].pubkey = stranger;
                assert!(valid.attempt(changed).is_err(), "a stranger passed for {}", role.name);
            }
        }
    }
}
