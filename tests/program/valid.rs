//! Each instruction of the program in a situation in which it succeeds, for the tests that then change something.

use litesvm::types::TransactionMetadata;
use sentinel_interface::{
    VerdictKind,
    instruction::{
        AccountRole, AddMirrorAccounts, AdvanceCycleAccounts, CloseVerdictAccounts, DisputePostAccounts,
        InitializeAccounts, JoinNetworkAccounts, LeaveNetworkAccounts, LikePostAccounts, MintNftAccounts,
        RemoveMirrorAccounts, RetirePostAccounts, RetractPostAccounts, SetEndpointAccounts,
    },
};
use sentinel_tests::program::{Network, PARAMETERS, key};
use solana_sdk::{
    instruction::Instruction, pubkey::Pubkey, signature::Keypair, signer::Signer,
    transaction::TransactionError,
};

/// Number of the key that pays for attempts: a stranger to the network.
pub(crate) const PAYER: u8 = 200;

const HASH: [u8; 32] = [7; 32];
const MIRROR: &str = "https://founder/mirrors/07";

/// Puts another address in the place of the account called `name`.
pub(crate) fn replace(instruction: &mut Instruction, roles: &[AccountRole], name: &str, address: &Pubkey) {
    let index = roles.iter().position(|role| role.name == name).expect("an account of that name");
    instruction.accounts[index].pubkey = *address;
}

/// An instruction that succeeds as it is, on a ledger where it does.
pub(crate) struct Valid {
    pub(crate) name: &'static str,
    pub(crate) network: Network,
    pub(crate) instruction: Instruction,
    pub(crate) roles: &'static [AccountRole],
    pub(crate) signers: Vec<Keypair>,
}

impl Valid {
    /// Tries a changed instruction; whoever still has to sign signs, and a stranger pays.
    pub(crate) fn attempt(&self, instruction: Instruction) -> Result<(), TransactionError> {
        let payer = key(PAYER);
        self.network.attempt(instruction.clone(), &self.signers_of(&instruction, &payer))
    }

    /// The instruction's name, whatever the situation.
    pub(crate) fn instruction_name(&self) -> &'static str {
        self.name.split(' ').next().unwrap_or_default()
    }

    /// Sends the instruction as it is.
    pub(crate) fn send(&mut self) -> TransactionMetadata {
        let (instruction, payer) = (self.instruction.clone(), key(PAYER));
        let signers = std::iter::once(&payer).chain(&self.signers).map(Keypair::insecure_clone);
        let signers: Vec<_> = signers.collect();
        self.network.send(instruction, &signers.iter().collect::<Vec<_>>()).expect(self.name)
    }

    /// Tries the instruction with an account changed in a way that no instruction could, and changes it back.
    pub(crate) fn attempt_with(
        &mut self,
        address: &Pubkey,
        change: impl FnOnce(&mut Vec<u8>, &mut Pubkey),
    ) -> Result<(), TransactionError> {
        let intact = self.network.svm.get_account(address).expect("the account to change");
        self.network.tamper(address, change);
        let attempt = self.attempt(self.instruction.clone());
        self.network.svm.set_account(*address, intact).expect("the account as it was");
        attempt
    }

    fn signers_of<'a>(&'a self, instruction: &Instruction, payer: &'a Keypair) -> Vec<&'a Keypair> {
        let needed = |signer: &&Keypair| {
            instruction.accounts.iter().any(|meta| meta.is_signer && meta.pubkey == signer.pubkey())
        };
        std::iter::once(payer).chain(self.signers.iter().filter(needed)).collect()
    }

    /// The instruction's accounts that the program owns, with their places.
    pub(crate) fn own_accounts(&self) -> Vec<(usize, Pubkey)> {
        let metas = self.instruction.accounts.iter().enumerate();
        let is_own = |address: &Pubkey| {
            self.network
                .svm
                .get_account(address)
                .is_some_and(|account| account.owner == self.network.program.id)
        };
        metas.map(|(index, meta)| (index, meta.pubkey)).filter(|(_, address)| is_own(address)).collect()
    }
}

/// Every instruction once, and `join_network` of a peer that had left, too.
pub(crate) fn all() -> [Valid; 14] {
    [
        initialize(),
        join_network(),
        join_again(),
        mint_nft(),
        like_post(),
        dispute_post(),
        close_verdict(),
        retract_post(),
        retire_post(),
        leave_network(),
        advance_cycle(),
        set_endpoint(),
        add_mirror(),
        remove_mirror(),
    ]
}

fn initialize() -> Valid {
    let mut network = Network::deployed();
    network.fund(&key(PAYER).pubkey());
    let instruction = network.program.initialize(&network.authority.pubkey(), PARAMETERS);
    let signers = vec![network.authority.insecure_clone(), network.program_key.insecure_clone()];
    Valid { name: "initialize", network, instruction, roles: &InitializeAccounts::ROLES, signers }
}

fn join_network() -> Valid {
    let (mut network, ..) = inhabited();
    let user = network.user(12);
    let instruction = network.program.join_network(&user.pubkey(), "https://user");
    let roles = &JoinNetworkAccounts::ROLES;
    Valid { name: "join_network", network, instruction, roles, signers: vec![user] }
}

fn join_again() -> Valid {
    let Valid { mut network, instruction, signers, .. } = leave_network();
    network.send(instruction, &signers.iter().collect::<Vec<_>>()).expect("the peer leaves");
    let instruction = network.program.join_network(&key(10).pubkey(), "https://returned");
    let roles = &JoinNetworkAccounts::ROLES;
    Valid { name: "join_network again", network, instruction, roles, signers }
}

fn mint_nft() -> Valid {
    let (network, owner, _) = inhabited();
    let instruction = network.program.mint_nft(&owner.pubkey(), "https://founder/log", [8; 32]);
    Valid { name: "mint_nft", network, instruction, roles: &MintNftAccounts::ROLES, signers: vec![owner] }
}

fn like_post() -> Valid {
    let (network, owner, liker, post) = published();
    let instruction = network.program.like_post(&liker.pubkey(), &owner.pubkey(), &post);
    Valid { name: "like_post", network, instruction, roles: &LikePostAccounts::ROLES, signers: vec![liker] }
}

fn dispute_post() -> Valid {
    let (network, owner, disputer, post) = published();
    let instruction = network.program.dispute_post(&disputer.pubkey(), &owner.pubkey(), &post);
    let roles = &DisputePostAccounts::ROLES;
    Valid { name: "dispute_post", network, instruction, roles, signers: vec![disputer] }
}

fn close_verdict() -> Valid {
    let (mut network, owner, voter, post) = published();
    network.give(VerdictKind::Dispute, &voter, &owner, &post).expect("the post is disputed");
    network.wait(2 * PARAMETERS.cycle_length);
    let instruction = network.program.close_verdict(VerdictKind::Dispute, &voter.pubkey(), &post);
    Valid {
        name: "close_verdict",
        network,
        instruction,
        roles: &CloseVerdictAccounts::ROLES,
        signers: vec![],
    }
}

fn retract_post() -> Valid {
    let (network, owner, _, post) = published();
    let instruction = network.program.retract_post(&owner.pubkey(), &post);
    Valid {
        name: "retract_post",
        network,
        instruction,
        roles: &RetractPostAccounts::ROLES,
        signers: vec![owner],
    }
}

fn retire_post() -> Valid {
    let (mut network, owner, ..) = published();
    network.wait(2 * PARAMETERS.cycle_length);
    let instruction = network.program.retire_post(&owner.pubkey(), &HASH);
    Valid {
        name: "retire_post",
        network,
        instruction,
        roles: &RetirePostAccounts::ROLES,
        signers: vec![owner],
    }
}

fn leave_network() -> Valid {
    let (mut network, owner, ..) = published();
    network.wait(PARAMETERS.cycle_length);
    let instruction = network.program.leave_network(&owner.pubkey());
    let roles = &LeaveNetworkAccounts::ROLES;
    Valid { name: "leave_network", network, instruction, roles, signers: vec![owner] }
}

fn advance_cycle() -> Valid {
    let (mut network, ..) = inhabited();
    network.wait(PARAMETERS.cycle_length);
    let instruction = network.program.advance_cycle();
    Valid {
        name: "advance_cycle",
        network,
        instruction,
        roles: &AdvanceCycleAccounts::ROLES,
        signers: vec![],
    }
}

fn set_endpoint() -> Valid {
    let (network, owner, _) = inhabited();
    let instruction = network.program.set_endpoint(&owner.pubkey(), "https://moved-to-a-longer-name.example");
    Valid {
        name: "set_endpoint",
        network,
        instruction,
        roles: &SetEndpointAccounts::ROLES,
        signers: vec![owner],
    }
}

fn add_mirror() -> Valid {
    let (network, _, peer, post) = published();
    let instruction = network.program.add_mirror(&peer.pubkey(), &post, MIRROR);
    Valid { name: "add_mirror", network, instruction, roles: &AddMirrorAccounts::ROLES, signers: vec![peer] }
}

/// The post's owner withdraws another peer's mirror.
fn remove_mirror() -> Valid {
    let (mut network, owner, peer, post) = published();
    network
        .send(network.program.add_mirror(&peer.pubkey(), &post, MIRROR), &[&peer])
        .expect("the mirror is added");
    let instruction = network.program.remove_mirror(&owner.pubkey(), &peer.pubkey(), &post, MIRROR);
    let roles = &RemoveMirrorAccounts::ROLES;
    Valid { name: "remove_mirror", network, instruction, roles, signers: vec![owner] }
}

/// A network with two founders, of whom the first has published a log, and a stranger with money.
fn published() -> (Network, Keypair, Keypair, Pubkey) {
    let (mut network, owner, peer) = inhabited();
    let post = network.publish(&owner, HASH);
    (network, owner, peer, post)
}

/// A network with two founders, and a stranger with money.
fn inhabited() -> (Network, Keypair, Keypair) {
    let mut network = Network::founded();
    network.fund(&key(PAYER).pubkey());
    let founders = (network.founder(10, 50), network.founder(11, 50));
    (network, founders.0, founders.1)
}
