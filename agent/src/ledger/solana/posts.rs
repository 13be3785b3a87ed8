//! What the agent asks of the program about posts, as instructions.

use sentinel_interface::{
    Instruction as Request,
    instruction::{
        AddMirrorAccounts, CloseVerdictAccounts, DisputePostAccounts, LikePostAccounts, MintNftAccounts,
        RemoveMirrorAccounts, RetractPostAccounts,
    },
    program_id,
};

use super::{
    SolanaLedger,
    costs::{rent_of_mirror, rent_of_post, verdict_rent},
    requests::{unless_done, url},
};
use crate::{
    domain::{AccountAddress, FileHash, LogUrl, NamedAccount, PeerKey, Post, PostId, TxId},
    ledger::{Act, LedgerError, Published, Refusal, VerdictKind},
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
        Ok(Published { post: PostId(accounts.post), tx: unless_done(&[Refusal::AlreadyPosted], sent)? })
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
        let accounts = LikePostAccounts {
            liker: self.key.0,
            liker_peer: self.addresses.peer(&self.key).to_bytes(),
            post: post.id.0,
            owner_peer: self.addresses.peer(&post.owner).to_bytes(),
            like: self.addresses.verdict(VerdictKind::Like, &self.key, post.id).to_bytes(),
            state: self.addresses.state().to_bytes(),
            system_program: program_id::SYSTEM,
        };
        let order = self.order(Act::Like, &accounts.metas(), &Request::LikePost, verdict_rent());
        unless_done(&[Refusal::AlreadyLiked], self.transact(&order, &[&self.keypair]).await)
    }

    pub(super) async fn dispute_post(&self, post: &Post) -> Result<Option<TxId>, LedgerError> {
        let accounts = DisputePostAccounts {
            disputer: self.key.0,
            disputer_peer: self.addresses.peer(&self.key).to_bytes(),
            post: post.id.0,
            owner_peer: self.addresses.peer(&post.owner).to_bytes(),
            dispute: self.addresses.verdict(VerdictKind::Dispute, &self.key, post.id).to_bytes(),
            state: self.addresses.state().to_bytes(),
            system_program: program_id::SYSTEM,
        };
        let order = self.order(Act::Dispute, &accounts.metas(), &Request::DisputePost, verdict_rent());
        unless_done(&[Refusal::AlreadyDisputed], self.transact(&order, &[&self.keypair]).await)
    }

    pub(super) async fn retract_post(&self, post: PostId) -> Result<Option<TxId>, LedgerError> {
        let accounts = RetractPostAccounts { owner: self.key.0, post: post.0 };
        let order = self.order(Act::Retract, &accounts.metas(), &Request::RetractPost, 0);
        unless_done(&[Refusal::Retracted], self.transact(&order, &[&self.keypair]).await)
    }

    pub(super) async fn close_own_verdict(
        &self,
        kind: VerdictKind,
        post: PostId,
    ) -> Result<Option<TxId>, LedgerError> {
        let accounts = CloseVerdictAccounts {
            verdict: self.addresses.verdict(kind, &self.key, post).to_bytes(),
            voter: self.key.0,
            post: post.0,
            state: self.addresses.state().to_bytes(),
        };
        let order = self.order(Act::CloseVerdict, &accounts.metas(), &Request::CloseVerdict, 0);
        unless_done(&[Refusal::NoVerdict], self.transact(&order, &[&self.keypair]).await)
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
            state: self.addresses.state().to_bytes(),
            system_program: program_id::SYSTEM,
        };
        let url = url(Act::AddMirror, at.as_str())?;
        let order =
            self.order(Act::AddMirror, &accounts.metas(), &Request::AddMirror { url }, rent_of_mirror(url));
        let sent = self.transact(&order, &[&self.keypair]).await;
        unless_done(&[Refusal::AlreadyMirrored], sent)
    }

    pub(super) async fn withdraw_mirror(&self, post: PostId, at: &str) -> Result<Option<TxId>, LedgerError> {
        self.withdraw(self.key, post, at).await
    }

    pub(super) async fn withdraw(
        &self,
        peer: PeerKey,
        post: PostId,
        at: &str,
    ) -> Result<Option<TxId>, LedgerError> {
        let accounts = RemoveMirrorAccounts { user: self.key.0, mirror_owner: peer.0, post: post.0 };
        let request = Request::RemoveMirror { url: url(Act::RemoveMirror, at)? };
        let order = self.order(Act::RemoveMirror, &accounts.metas(), &request, 0);
        let sent = self.transact(&order, &[&self.keypair]).await;
        unless_done(&[Refusal::NotMirrored, Refusal::NoPost], sent)
    }
}
