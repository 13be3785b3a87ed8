//! What the agent asks of the program, as instructions.

use sentinel_interface::{
    Instruction as Request, Url,
    account::{Like, Peer},
    instruction::{
        AccountMeta as Meta, AddMirrorAccounts, JoinNetworkAccounts, LikePostAccounts, MintNftAccounts,
        RemoveMirrorAccounts, SetEndpointAccounts,
    },
    program_id,
};
use solana_sdk::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};

use super::{
    SolanaLedger,
    addresses::Addresses,
    costs::{rent, rent_of_mirror, rent_of_post},
    keypair,
    transactions::{Order, Sent},
};
use crate::{
    domain::{AccountAddress, FileHash, LogUrl, NamedAccount, Post, PostId, TxId},
    ledger::{Act, Founder, LedgerError, Published, Refusal},
};

impl SolanaLedger {
    pub(super) async fn publish_log(
        &self,
        log_url: &LogUrl,
        file_hash: FileHash,
    ) -> Result<Published, LedgerError> {
        let accounts = self.addresses.mint_accounts(&self.key, &file_hash);
        let url = url(Act::Publish, log_url.as_str())?;
        let request = Request::MintNft { log_url: url, file_hash: file_hash.0 };
        let order = self.order(Act::Publish, &accounts.metas(), &request, rent_of_post(url));
        let sent = self.transact(&order, &[&self.keypair]).await;
        Ok(Published { post: PostId(accounts.post), tx: unless_done(Refusal::AlreadyPosted, sent)? })
    }

    /// The accounts that the post of a log names, and the program behind them.
    pub(super) fn accounts_of_post(&self, file_hash: FileHash) -> Vec<NamedAccount> {
        let metas = self.addresses.mint_accounts(&self.key, &file_hash).metas();
        let named = MintNftAccounts::ROLES.iter().zip(metas);
        let program = ("program", self.addresses.program().to_bytes());
        named
            .map(|(role, meta)| (role.name, meta.address))
            .chain([program])
            .map(|(name, address)| NamedAccount { name: name.to_owned(), address: AccountAddress(address) })
            .collect()
    }

    pub(super) async fn like_post(&self, post: &Post) -> Result<Option<TxId>, LedgerError> {
        let address = Pubkey::from(post.id.0);
        let accounts = LikePostAccounts {
            liker: self.key.0,
            liker_peer: self.addresses.peer(&self.key).to_bytes(),
            post: post.id.0,
            owner_peer: self.addresses.peer(&post.owner).to_bytes(),
            like: self.addresses.like(&self.key, &address).to_bytes(),
            state: self.addresses.state().to_bytes(),
            system_program: program_id::SYSTEM,
        };
        let order = self.order(Act::Like, &accounts.metas(), &Request::LikePost, rent(Like::LEN));
        unless_done(Refusal::AlreadyLiked, self.transact(&order, &[&self.keypair]).await)
    }

    pub(super) async fn join_network(
        &self,
        endpoint: &str,
        founder: Option<&Founder>,
    ) -> Result<TxId, LedgerError> {
        let accounts = JoinNetworkAccounts {
            user: self.key.0,
            peer: self.addresses.peer(&self.key).to_bytes(),
            state: self.addresses.state().to_bytes(),
            system_program: program_id::SYSTEM,
        };
        let endpoint = url(Act::Join, endpoint)?;
        let Some(Founder { authority, karma }) = founder else {
            let request = Request::JoinNetwork { endpoint, karma: 0 };
            let order = self.order(Act::Join, &accounts.metas(), &request, rent(Peer::len_with(endpoint)));
            return Ok(self.transact(&order, &[&self.keypair]).await?.tx);
        };
        let metas = accounts.with_authority(authority.peer_key().0);
        let request = Request::JoinNetwork { endpoint, karma: karma.0 };
        let order = self.order(Act::Join, &metas, &request, rent(Peer::len_with(endpoint)));
        Ok(self.transact(&order, &[&self.keypair, &keypair(authority)]).await?.tx)
    }

    pub(super) async fn move_to(&self, endpoint: &str) -> Result<TxId, LedgerError> {
        let accounts = SetEndpointAccounts {
            user: self.key.0,
            peer: self.addresses.peer(&self.key).to_bytes(),
            system_program: program_id::SYSTEM,
        };
        let request = Request::SetEndpoint { endpoint: url(Act::SetEndpoint, endpoint)? };
        let order = self.order(Act::SetEndpoint, &accounts.metas(), &request, 0);
        Ok(self.transact(&order, &[&self.keypair]).await?.tx)
    }

    pub(super) async fn announce_mirror(
        &self,
        post: PostId,
        at: &LogUrl,
    ) -> Result<Option<TxId>, LedgerError> {
        let accounts = AddMirrorAccounts {
            user: self.key.0,
            peer: self.addresses.peer(&self.key).to_bytes(),
            post: post.0,
            system_program: program_id::SYSTEM,
        };
        let url = url(Act::AddMirror, at.as_str())?;
        let order =
            self.order(Act::AddMirror, &accounts.metas(), &Request::AddMirror { url }, rent_of_mirror(url));
        let sent = self.transact(&order, &[&self.keypair]).await;
        unless_done(Refusal::AlreadyMirrored, sent)
    }

    pub(super) async fn withdraw_mirror(&self, post: PostId, at: &str) -> Result<Option<TxId>, LedgerError> {
        let accounts = RemoveMirrorAccounts { user: self.key.0, mirror_owner: self.key.0, post: post.0 };
        let request = Request::RemoveMirror { url: url(Act::RemoveMirror, at)? };
        let order = self.order(Act::RemoveMirror, &accounts.metas(), &request, 0);
        let sent = self.transact(&order, &[&self.keypair]).await;
        unless_done(Refusal::NotMirrored, sent)
    }

    /// `rent` is what the accounts that it makes or lengthens take, in lamports.
    fn order(&self, act: Act, metas: &[Meta], request: &Request<'_>, rent: u64) -> Order {
        Order { act, instruction: self.addresses.instruction(metas, request), rent }
    }
}

impl Addresses {
    /// A request to the program, with the accounts that go with it.
    pub(super) fn instruction(&self, metas: &[Meta], request: &Request<'_>) -> Instruction {
        let accounts = metas.iter().map(|meta| AccountMeta {
            pubkey: meta.address.into(),
            is_signer: meta.is_signer,
            is_writable: meta.is_writable,
        });
        Instruction {
            program_id: self.program(),
            accounts: accounts.collect(),
            data: request.encode().to_vec(),
        }
    }
}

/// None when it had been done before, be it that the program says so or the ledger.
fn unless_done(done: Refusal, sent: Result<Sent, LedgerError>) -> Result<Option<TxId>, LedgerError> {
    match sent {
        Err(LedgerError::Refused { refusal, .. }) if refusal == done => Ok(None),
        sent => sent.map(|sent| sent.is_new.then_some(sent.tx)),
    }
}

/// The URL as the program takes it; refused here as the program would refuse it.
fn url(act: Act, text: &str) -> Result<Url<'_>, LedgerError> {
    Url::new(text).map_err(|error| LedgerError::Refused { act, refusal: error.into() })
}
