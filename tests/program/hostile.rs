//! What no instruction lets pass, whichever it is.

use sentinel_interface::{
    SentinelError,
    instruction::{
        AccountRole, AddMirrorAccounts, InitializeAccounts, JoinNetworkAccounts, LikePostAccounts,
        MintNftAccounts, RemoveMirrorAccounts, SetEndpointAccounts,
    },
};
use sentinel_tests::program::{Network, PARAMETERS, key};
use solana_sdk::{
    instruction::{Instruction, InstructionError},
    pubkey::Pubkey,
    signature::Keypair,
    signer::Signer,
    transaction::TransactionError,
};

/// Number of the key that pays for attempts: a stranger to the network.
const PAYER: u8 = 200;

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
        let payer = key(PAYER);
        let needed = |signer: &&Keypair| {
            instruction.accounts.iter().any(|meta| meta.is_signer && meta.pubkey == signer.pubkey())
        };
        let mut signers = vec![&payer];
        signers.extend(self.signers.iter().filter(needed));
        self.network.attempt(instruction.clone(), &signers)
    }
}

fn all() -> [Valid; 7] {
    [founding(), joining(), publishing(), liking(), moving(), mirroring(), withdrawing()]
}

fn founding() -> Valid {
    let mut network = Network::deployed();
    network.fund(&key(PAYER).pubkey());
    let instruction = network.program.initialize(&network.authority.pubkey(), PARAMETERS);
    let signers = vec![network.authority.insecure_clone(), network.program_key.insecure_clone()];
    Valid { network, instruction, roles: &InitializeAccounts::ROLES, signers }
}

fn joining() -> Valid {
    let (mut network, ..) = inhabited();
    let user = network.user(12);
    let instruction = network.program.join_network(&user.pubkey(), "https://user");
    Valid { network, instruction, roles: &JoinNetworkAccounts::ROLES, signers: vec![user] }
}

fn publishing() -> Valid {
    let (network, owner, _) = inhabited();
    let instruction = network.program.mint_nft(&owner.pubkey(), "https://founder/log", [8; 32]);
    Valid { network, instruction, roles: &MintNftAccounts::ROLES, signers: vec![owner] }
}

fn liking() -> Valid {
    let (mut network, owner, liker) = inhabited();
    let post = network.publish(&owner, [7; 32]);
    let instruction = network.program.like_post(&liker.pubkey(), &owner.pubkey(), &post);
    Valid { network, instruction, roles: &LikePostAccounts::ROLES, signers: vec![liker] }
}

fn moving() -> Valid {
    let (network, owner, _) = inhabited();
    let instruction = network.program.set_endpoint(&owner.pubkey(), "https://moved");
    Valid { network, instruction, roles: &SetEndpointAccounts::ROLES, signers: vec![owner] }
}

fn mirroring() -> Valid {
    let (mut network, owner, peer) = inhabited();
    let post = network.publish(&owner, [7; 32]);
    let instruction = network.program.add_mirror(&peer.pubkey(), &post, "https://founder/mirrors/07");
    Valid { network, instruction, roles: &AddMirrorAccounts::ROLES, signers: vec![peer] }
}

/// The post's owner withdraws another peer's mirror.
fn withdrawing() -> Valid {
    let Valid { mut network, instruction, signers, .. } = mirroring();
    network.send(instruction, &signers.iter().collect::<Vec<_>>()).expect("the mirror is added");
    let (owner, peer) = (key(10), key(11));
    let post = network.program.post(&owner.pubkey(), &[7; 32]);
    let url = "https://founder/mirrors/07";
    let instruction = network.program.remove_mirror(&owner.pubkey(), &peer.pubkey(), &post, url);
    Valid { network, instruction, roles: &RemoveMirrorAccounts::ROLES, signers: vec![owner] }
}

/// A network with two founders, and a stranger with money.
fn inhabited() -> (Network, Keypair, Keypair) {
    let mut network = Network::founded();
    network.fund(&key(PAYER).pubkey());
    let founders = (network.founder(10, 50), network.founder(11, 50));
    (network, founders.0, founders.1)
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
            for stranger in [key(PAYER).pubkey(), key(201).pubkey()] {
                let mut changed = valid.instruction.clone();
                changed.accounts[index].pubkey = stranger;
                assert!(valid.attempt(changed).is_err(), "a stranger passed for {}", role.name);
            }
        }
    }
}
