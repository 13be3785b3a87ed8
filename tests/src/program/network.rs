//! A network in LiteSVM: the program as committed, who takes part, and what becomes of an instruction.

use litesvm::{
    LiteSVM,
    types::{FailedTransactionMetadata, TransactionMetadata},
};
use sentinel_interface::{FileHash, Parameters, Peer, SentinelError, VerdictKind};
use solana_sdk::{
    clock::Clock,
    instruction::{Instruction, InstructionError},
    pubkey::Pubkey,
    signature::Keypair,
    signer::Signer,
    transaction::{Transaction, TransactionError},
};

use super::{PARAMETERS, PROGRAM, Program};

thread_local! {
    /// Made once a test: a copy takes a hundredth of the time.
    static DEPLOYED: LiteSVM = {
        let mut svm = LiteSVM::new();
        svm.add_program(key(1).pubkey(), PROGRAM).expect("LiteSVM takes the committed program");
        svm
    };
}

/// The program deployed in LiteSVM, with its keys.
pub struct Network {
    /// The ledger.
    pub svm: LiteSVM,
    /// The deployment.
    pub program: Program,
    /// The program's own key.
    pub program_key: Keypair,
    /// The key that founds the network, or has founded it.
    pub authority: Keypair,
}

impl Network {
    /// The program deployed, the network not founded yet.
    pub fn deployed() -> Self {
        let program_key = key(1);
        let program = Program { id: program_key.pubkey() };
        let svm = DEPLOYED.with(LiteSVM::clone);
        let mut network = Self { svm, program, program_key, authority: key(2) };
        network.fund(&network.authority.pubkey());
        network
    }

    /// A network founded with [`PARAMETERS`].
    pub fn founded() -> Self {
        Self::founded_with(PARAMETERS)
    }

    /// A network with rules of its own.
    pub fn founded_with(parameters: Parameters) -> Self {
        let mut network = Self::deployed();
        let initialize = network.program.initialize(&network.authority.pubkey(), parameters);
        let signers = [network.authority.insecure_clone(), network.program_key.insecure_clone()];
        network.send(initialize, &signers.each_ref()).expect("the network is founded");
        network
    }

    /// Gives `user` ten SOL.
    pub fn fund(&mut self, user: &Pubkey) {
        self.svm.airdrop(user, 10_000_000_000).expect("an airdrop");
    }

    /// A user with money and the key number `number`, but no peer.
    pub fn user(&mut self, number: u8) -> Keypair {
        let user = key(number);
        self.fund(&user.pubkey());
        user
    }

    /// A founder with `karma`.
    pub fn founder(&mut self, number: u8, karma: u64) -> Keypair {
        let (user, authority) = (self.user(number), self.authority.insecure_clone());
        let join =
            self.program.join_as_founder(&user.pubkey(), &authority.pubkey(), "https://founder", karma);
        self.send(join, &[&user, &authority]).expect("the founder joins");
        user
    }

    /// A peer that has just joined, without karma.
    pub fn newcomer(&mut self, number: u8) -> Keypair {
        let user = self.user(number);
        let join = self.program.join_network(&user.pubkey(), "https://newcomer");
        self.send(join, &[&user]).expect("the newcomer joins");
        user
    }

    /// Publishes a log of `owner` and returns the post's address.
    pub fn publish(&mut self, owner: &Keypair, file_hash: FileHash) -> Pubkey {
        let mint = self.program.mint_nft(&owner.pubkey(), "https://founder/logs/0123456789abcdef", file_hash);
        self.send(mint, &[owner]).expect("the log is published");
        self.program.post(&owner.pubkey(), &file_hash)
    }

    /// Lets `seconds` pass.
    pub fn wait(&mut self, seconds: i64) {
        let clock: Clock = self.svm.get_sysvar();
        self.svm.set_sysvar(&Clock { unix_timestamp: clock.unix_timestamp + seconds, ..clock });
    }

    /// Sends one instruction; the first signer pays.
    #[allow(clippy::result_large_err, reason = "LiteSVM's own error")]
    pub fn send(
        &mut self,
        instruction: Instruction,
        signers: &[&Keypair],
    ) -> Result<TransactionMetadata, FailedTransactionMetadata> {
        self.send_all(&[instruction], signers)
    }

    /// Sends several instructions as one transaction; the first signer pays.
    #[allow(clippy::result_large_err, reason = "LiteSVM's own error")]
    pub fn send_all(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<TransactionMetadata, FailedTransactionMetadata> {
        let transaction = self.transaction(instructions, signers);
        let result = self.svm.send_transaction(transaction);
        // So that the same instruction, sent again, is another transaction.
        self.svm.expire_blockhash();
        result
    }

    /// Tries one instruction without lasting effect and returns why it was refused, if it was.
    pub fn attempt(&self, instruction: Instruction, signers: &[&Keypair]) -> Result<(), TransactionError> {
        let transaction = self.transaction(&[instruction], signers);
        self.svm.simulate_transaction(transaction).map(drop).map_err(|failure| failure.err)
    }

    /// The error of the program with which it refuses the instruction.
    ///
    /// # Panics
    /// When the instruction succeeds or fails for another reason.
    pub fn refusal(&self, instruction: Instruction, signers: &[&Keypair]) -> SentinelError {
        match self.attempt(instruction, signers) {
            Err(TransactionError::InstructionError(0, InstructionError::Custom(code))) => {
                SentinelError::try_from(code).unwrap_or_else(|error| panic!("{error}"))
            }
            other => panic!("expected an error of the program, got {other:?}"),
        }
    }

    /// The data of an account that must exist.
    pub fn data(&self, address: &Pubkey) -> Vec<u8> {
        self.svm.get_account(address).unwrap_or_else(|| panic!("no account {address}")).data
    }

    /// The karma of a peer.
    pub fn karma(&self, user: &Pubkey) -> u64 {
        let data = self.data(&self.program.peer(user));
        Peer::parse(&data).unwrap_or_else(|error| panic!("the peer of {user}: {error}")).karma
    }

    /// Sends a verdict of `voter` on a post of `owner`.
    #[allow(clippy::result_large_err, reason = "LiteSVM's own error")]
    pub fn give(
        &mut self,
        kind: VerdictKind,
        voter: &Keypair,
        owner: &Keypair,
        post: &Pubkey,
    ) -> Result<TransactionMetadata, FailedTransactionMetadata> {
        self.send(self.program.give(kind, &voter.pubkey(), &owner.pubkey(), post), &[voter])
    }

    /// Overwrites an account in ways that no instruction could.
    pub fn tamper(&mut self, address: &Pubkey, change: impl FnOnce(&mut Vec<u8>, &mut Pubkey)) {
        let mut account = self.svm.get_account(address).unwrap_or_else(|| panic!("no account {address}"));
        change(&mut account.data, &mut account.owner);
        self.svm.set_account(*address, account).expect("a tampered account");
    }

    fn transaction(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Transaction {
        let payer = signers.first().map(|signer| signer.pubkey());
        Transaction::new_signed_with_payer(instructions, payer.as_ref(), signers, self.svm.latest_blockhash())
    }
}

/// The key number `number`; always the same, so that costs do not vary from run to run.
pub fn key(number: u8) -> Keypair {
    Keypair::new_from_array([number; 32])
}
