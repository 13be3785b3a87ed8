//! The real program in LiteSVM: where its accounts are, its instructions, and a network to try them on.

use litesvm::{
    LiteSVM,
    types::{FailedTransactionMetadata, TransactionMetadata},
};
use sentinel_interface::{
    FileHash, Instruction as Call, Parameters, SentinelError, Url,
    instruction::{
        AccountMeta as Meta, AddMirrorAccounts, InitializeAccounts, JoinNetworkAccounts, LikePostAccounts,
        MintNftAccounts, RemoveMirrorAccounts, SetEndpointAccounts,
    },
    program_id::{ASSOCIATED_TOKEN, SYSTEM, TOKEN_2022},
    seeds,
};
use solana_sdk::{
    instruction::{AccountMeta, Instruction, InstructionError},
    pubkey::Pubkey,
    signature::Keypair,
    signer::Signer,
    transaction::{Transaction, TransactionError},
};

/// The program as committed.
pub const PROGRAM: &[u8] = include_bytes!("../../programs/sentinel.so");

/// Rules of the networks that tests found: a like counts from 50 karma on, and gives 5.
pub const PARAMETERS: Parameters =
    Parameters { cycle_length: 86_400, bond: 100_000_000, karma_per_like: 5, vote_min_karma: 50 };

/// One deployment of the program: its accounts' addresses and its instructions.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Where it is deployed.
    pub id: Pubkey,
}

impl Program {
    /// The network's state.
    pub fn state(&self) -> Pubkey {
        self.find(&seeds::state())
    }

    /// The peer account of `user`.
    pub fn peer(&self, user: &Pubkey) -> Pubkey {
        self.find(&seeds::peer(user.as_array()))
    }

    /// The mint of the NFT for a log of `owner`.
    pub fn mint(&self, owner: &Pubkey, file_hash: &FileHash) -> Pubkey {
        self.find(&seeds::mint(owner.as_array(), file_hash))
    }

    /// The post about a log of `owner`.
    pub fn post(&self, owner: &Pubkey, file_hash: &FileHash) -> Pubkey {
        self.find(&seeds::post(self.mint(owner, file_hash).as_array()))
    }

    /// The like of `liker` for `post`.
    pub fn like(&self, liker: &Pubkey, post: &Pubkey) -> Pubkey {
        self.find(&seeds::like(liker.as_array(), post.as_array()))
    }

    /// The token account in which `owner` holds the NFT of `mint`.
    pub fn token_account(&self, owner: &Pubkey, mint: &Pubkey) -> Pubkey {
        let seeds = seeds::token_account(owner.as_array(), mint.as_array());
        Pubkey::find_program_address(&seeds, &ASSOCIATED_TOKEN.into()).0
    }

    /// `initialize`, signed by `authority` and the program's own key.
    pub fn initialize(&self, authority: &Pubkey, parameters: Parameters) -> Instruction {
        let accounts = InitializeAccounts {
            authority: authority.to_bytes(),
            program: self.id.to_bytes(),
            state: self.state().to_bytes(),
            system_program: SYSTEM,
        };
        self.call(Call::Initialize { parameters }, &accounts.metas())
    }

    /// `join_network` for a newcomer, signed by `user`.
    pub fn join_network(&self, user: &Pubkey, endpoint: &str) -> Instruction {
        self.call(Call::JoinNetwork { endpoint: url(endpoint), karma: 0 }, &self.joining(user).metas())
    }

    /// `join_network` with karma, signed by `user` and `authority`.
    pub fn join_as_founder(
        &self,
        user: &Pubkey,
        authority: &Pubkey,
        endpoint: &str,
        karma: u64,
    ) -> Instruction {
        let metas = self.joining(user).with_authority(authority.to_bytes());
        self.call(Call::JoinNetwork { endpoint: url(endpoint), karma }, &metas)
    }

    /// `mint_nft`, signed by `owner`.
    pub fn mint_nft(&self, owner: &Pubkey, log_url: &str, file_hash: FileHash) -> Instruction {
        let mint = self.mint(owner, &file_hash);
        let accounts = MintNftAccounts {
            owner: owner.to_bytes(),
            peer: self.peer(owner).to_bytes(),
            state: self.state().to_bytes(),
            post: self.post(owner, &file_hash).to_bytes(),
            nft_mint: mint.to_bytes(),
            token_account: self.token_account(owner, &mint).to_bytes(),
            token_program: TOKEN_2022,
            associated_token_program: ASSOCIATED_TOKEN,
            system_program: SYSTEM,
        };
        self.call(Call::MintNft { log_url: url(log_url), file_hash }, &accounts.metas())
    }

    /// `like_post` for a post of `owner`, signed by `liker`.
    pub fn like_post(&self, liker: &Pubkey, owner: &Pubkey, post: &Pubkey) -> Instruction {
        let accounts = LikePostAccounts {
            liker: liker.to_bytes(),
            liker_peer: self.peer(liker).to_bytes(),
            post: post.to_bytes(),
            owner_peer: self.peer(owner).to_bytes(),
            like: self.like(liker, post).to_bytes(),
            state: self.state().to_bytes(),
            system_program: SYSTEM,
        };
        self.call(Call::LikePost, &accounts.metas())
    }

    /// `set_endpoint`, signed by `user`.
    pub fn set_endpoint(&self, user: &Pubkey, endpoint: &str) -> Instruction {
        let (user, peer) = (user.to_bytes(), self.peer(user).to_bytes());
        let accounts = SetEndpointAccounts { user, peer, system_program: SYSTEM };
        self.call(Call::SetEndpoint { endpoint: url(endpoint) }, &accounts.metas())
    }

    /// `add_mirror`, signed by `user`.
    pub fn add_mirror(&self, user: &Pubkey, post: &Pubkey, at: &str) -> Instruction {
        let accounts = AddMirrorAccounts {
            user: user.to_bytes(),
            peer: self.peer(user).to_bytes(),
            post: post.to_bytes(),
            system_program: SYSTEM,
        };
        self.call(Call::AddMirror { url: url(at) }, &accounts.metas())
    }

    /// `remove_mirror` of the copy of `mirror_owner`, signed by `user`.
    pub fn remove_mirror(
        &self,
        user: &Pubkey,
        mirror_owner: &Pubkey,
        post: &Pubkey,
        at: &str,
    ) -> Instruction {
        let accounts = RemoveMirrorAccounts {
            user: user.to_bytes(),
            mirror_owner: mirror_owner.to_bytes(),
            post: post.to_bytes(),
        };
        self.call(Call::RemoveMirror { url: url(at) }, &accounts.metas())
    }

    fn joining(&self, user: &Pubkey) -> JoinNetworkAccounts {
        JoinNetworkAccounts {
            user: user.to_bytes(),
            peer: self.peer(user).to_bytes(),
            state: self.state().to_bytes(),
            system_program: SYSTEM,
        }
    }

    fn find(&self, seeds: &[&[u8]]) -> Pubkey {
        Pubkey::find_program_address(seeds, &self.id).0
    }

    fn call(&self, call: Call<'_>, metas: &[Meta]) -> Instruction {
        let account = |meta: &Meta| AccountMeta {
            pubkey: meta.address.into(),
            is_signer: meta.is_signer,
            is_writable: meta.is_writable,
        };
        Instruction {
            program_id: self.id,
            accounts: metas.iter().map(account).collect(),
            data: call.encode().to_vec(),
        }
    }
}

fn url(text: &str) -> Url<'_> {
    Url::new(text).expect("a test's URL")
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
        let mut svm = LiteSVM::new();
        svm.add_program(program.id, PROGRAM).expect("LiteSVM takes the committed program");
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

    /// Sends one instruction; the first signer pays.
    #[allow(clippy::result_large_err, reason = "LiteSVM's own error")]
    pub fn send(
        &mut self,
        instruction: Instruction,
        signers: &[&Keypair],
    ) -> Result<TransactionMetadata, FailedTransactionMetadata> {
        let transaction = self.transaction(instruction, signers);
        let result = self.svm.send_transaction(transaction);
        // So that the same instruction, sent again, is another transaction.
        self.svm.expire_blockhash();
        result
    }

    /// Tries one instruction without lasting effect and returns why it was refused, if it was.
    pub fn attempt(&self, instruction: Instruction, signers: &[&Keypair]) -> Result<(), TransactionError> {
        let transaction = self.transaction(instruction, signers);
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

    /// Overwrites an account in ways that no instruction could.
    pub fn tamper(&mut self, address: &Pubkey, change: impl FnOnce(&mut Vec<u8>, &mut Pubkey)) {
        let mut account = self.svm.get_account(address).unwrap_or_else(|| panic!("no account {address}"));
        change(&mut account.data, &mut account.owner);
        self.svm.set_account(*address, account).expect("a tampered account");
    }

    fn transaction(&self, instruction: Instruction, signers: &[&Keypair]) -> Transaction {
        let payer = signers.first().map(|signer| signer.pubkey());
        Transaction::new_signed_with_payer(
            &[instruction],
            payer.as_ref(),
            signers,
            self.svm.latest_blockhash(),
        )
    }
}

/// The key number `number`; always the same, so that costs do not vary from run to run.
pub fn key(number: u8) -> Keypair {
    Keypair::new_from_array([number; 32])
}
