//! The real program: where its accounts are, its instructions, and a network in LiteSVM to try them on.

mod network;

use sentinel_interface::{
    FileHash, Instruction as Call, Parameters, Url, VerdictKind,
    instruction::{
        AccountMeta as Meta, AddMirrorAccounts, AdvanceCycleAccounts, CloseVerdictAccounts,
        DisputePostAccounts, InitializeAccounts, JoinNetworkAccounts, LeaveNetworkAccounts, LikePostAccounts,
        MintNftAccounts, RemoveMirrorAccounts, RetirePostAccounts, RetractPostAccounts, SetEndpointAccounts,
    },
    program_id::{ASSOCIATED_TOKEN, SYSTEM, TOKEN_2022},
    seeds,
};
use solana_sdk::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};

pub use network::{Network, key};

/// The program as committed.
pub const PROGRAM: &[u8] = include_bytes!("../../programs/sentinel.so");

/// Rules of the networks that tests found.
pub const PARAMETERS: Parameters = Parameters::USUAL;

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
        self.verdict(VerdictKind::Like, liker, post)
    }

    /// The dispute of `disputer` of `post`.
    pub fn dispute(&self, disputer: &Pubkey, post: &Pubkey) -> Pubkey {
        self.verdict(VerdictKind::Dispute, disputer, post)
    }

    /// The verdict of `voter` on `post`.
    pub fn verdict(&self, kind: VerdictKind, voter: &Pubkey, post: &Pubkey) -> Pubkey {
        self.find(&kind.seeds(voter.as_array(), post.as_array()))
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

    /// `dispute_post` of a post of `owner`, signed by `disputer`.
    pub fn dispute_post(&self, disputer: &Pubkey, owner: &Pubkey, post: &Pubkey) -> Instruction {
        let accounts = DisputePostAccounts {
            disputer: disputer.to_bytes(),
            disputer_peer: self.peer(disputer).to_bytes(),
            post: post.to_bytes(),
            owner_peer: self.peer(owner).to_bytes(),
            dispute: self.dispute(disputer, post).to_bytes(),
            state: self.state().to_bytes(),
            system_program: SYSTEM,
        };
        self.call(Call::DisputePost, &accounts.metas())
    }

    /// `like_post` or `dispute_post`.
    pub fn give(&self, kind: VerdictKind, voter: &Pubkey, owner: &Pubkey, post: &Pubkey) -> Instruction {
        match kind {
            VerdictKind::Like => self.like_post(voter, owner, post),
            VerdictKind::Dispute => self.dispute_post(voter, owner, post),
        }
    }

    /// `close_verdict`, signed by nobody but who pays the fee.
    pub fn close_verdict(&self, kind: VerdictKind, voter: &Pubkey, post: &Pubkey) -> Instruction {
        let accounts = CloseVerdictAccounts {
            verdict: self.verdict(kind, voter, post).to_bytes(),
            voter: voter.to_bytes(),
            post: post.to_bytes(),
            state: self.state().to_bytes(),
        };
        self.call(Call::CloseVerdict, &accounts.metas())
    }

    /// `retract_post`, signed by `owner`.
    pub fn retract_post(&self, owner: &Pubkey, post: &Pubkey) -> Instruction {
        let accounts = RetractPostAccounts { owner: owner.to_bytes(), post: post.to_bytes() };
        self.call(Call::RetractPost, &accounts.metas())
    }

    /// `retire_post` of a log of `owner`, signed by it.
    pub fn retire_post(&self, owner: &Pubkey, file_hash: &FileHash) -> Instruction {
        let mint = self.mint(owner, file_hash);
        let accounts = RetirePostAccounts {
            owner: owner.to_bytes(),
            post: self.post(owner, file_hash).to_bytes(),
            nft_mint: mint.to_bytes(),
            token_account: self.token_account(owner, &mint).to_bytes(),
            state: self.state().to_bytes(),
            token_program: TOKEN_2022,
        };
        self.call(Call::RetirePost, &accounts.metas())
    }

    /// `leave_network`, signed by `user`.
    pub fn leave_network(&self, user: &Pubkey) -> Instruction {
        let (peer, state) = (self.peer(user).to_bytes(), self.state().to_bytes());
        self.call(Call::LeaveNetwork, &LeaveNetworkAccounts { user: user.to_bytes(), peer, state }.metas())
    }

    /// `advance_cycle`, signed by nobody but who pays the fee.
    pub fn advance_cycle(&self) -> Instruction {
        self.call(Call::AdvanceCycle, &AdvanceCycleAccounts { state: self.state().to_bytes() }.metas())
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
            state: self.state().to_bytes(),
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
