//! An endpoint's bytes as peers and posts.

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use sentinel_interface::{self as interface, LayoutError, Verdict, VerdictKind, seeds};
use solana_client::rpc_response::{UiAccount, UiAccountData, UiAccountEncoding};
use solana_sdk::pubkey::Pubkey;

use super::addresses::Addresses;
use crate::domain::{FileHash, Karma, Mirror, Peer, PeerKey, Post, PostId};

/// Largest account in bytes that is looked at: a post with the most and longest URLs has half of it.
const MAX_ACCOUNT: usize = 4096;

/// Why an account is not what it is given for.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotAnAccount {
    #[error("account {0} belongs to another program")]
    Owner(Pubkey),
    #[error("account {0} came in another encoding than asked for")]
    Encoding(Pubkey),
    #[error("account {0} has {1} characters of base64, more than any account of the program")]
    TooLarge(Pubkey, usize),
    #[error("account {0}: {1}")]
    Base64(Pubkey, base64::DecodeError),
    #[error("account {0}: {1}")]
    Layout(Pubkey, LayoutError),
    #[error("account {0} is not where its content belongs")]
    Address(Pubkey),
    #[error("account {0} likes another post than it was asked for")]
    OtherPost(Pubkey),
    #[error("account {0} has the impossible time {1}")]
    Time(Pubkey, i64),
}

impl Addresses {
    /// The peer in an account; none, with a note in the log, when there is none.
    pub(super) fn read_peer(&self, address: &Pubkey, account: &UiAccount) -> Option<Peer> {
        or_note(self.peer_in(address, account))
    }

    /// The post in an account; none, with a note in the log, when there is none.
    pub(super) fn read_post(&self, address: &Pubkey, account: &UiAccount) -> Option<Post> {
        or_note(self.post_in(address, account))
    }

    /// Who likes `post` in an account; nobody, with a note in the log, when it is no such like.
    pub(super) fn read_liker(&self, address: &Pubkey, account: &UiAccount, post: PostId) -> Option<PeerKey> {
        or_note(self.liker_in(address, account, post))
    }

    fn liker_in(&self, address: &Pubkey, account: &UiAccount, post: PostId) -> Result<PeerKey, NotAnAccount> {
        let data = self.data(address, account)?;
        let like = Verdict::parse_as(VerdictKind::Like, &data);
        let like = like.map_err(|error| NotAnAccount::Layout(*address, error))?;
        if like.post != post.0 {
            return Err(NotAnAccount::OtherPost(*address));
        }
        if !self.lead_to(address, &like.seeds(), like.bump) {
            return Err(NotAnAccount::Address(*address));
        }
        Ok(PeerKey(like.voter))
    }

    /// When the peer in an account posted last, in Unix seconds.
    pub(super) fn last_post_in(&self, address: &Pubkey, account: &UiAccount) -> Result<i64, NotAnAccount> {
        let data = self.data(address, account)?;
        let peer = interface::Peer::parse(&data).map_err(|error| NotAnAccount::Layout(*address, error))?;
        Ok(peer.last_post)
    }

    pub(super) fn peer_in(&self, address: &Pubkey, account: &UiAccount) -> Result<Peer, NotAnAccount> {
        let data = self.data(address, account)?;
        let peer = interface::Peer::parse(&data).map_err(|error| NotAnAccount::Layout(*address, error))?;
        if !self.lead_to(address, &seeds::peer(&peer.user), peer.bump) {
            return Err(NotAnAccount::Address(*address));
        }
        Ok(Peer {
            key: PeerKey(peer.user),
            active: peer.active,
            karma: Karma(peer.karma),
            endpoint: peer.endpoint.as_str().to_owned(),
            joined: time(address, peer.joined)?,
        })
    }

    pub(super) fn post_in(&self, address: &Pubkey, account: &UiAccount) -> Result<Post, NotAnAccount> {
        let data = self.data(address, account)?;
        let post = interface::Post::parse(&data).map_err(|error| NotAnAccount::Layout(*address, error))?;
        let (owner, file_hash) = (PeerKey(post.owner), FileHash(post.file_hash));
        // A post is where its reporter and its hash lead: an endpoint cannot exchange either.
        if self.mint(&owner, &file_hash).to_bytes() != post.nft_mint
            || !self.lead_to(address, &seeds::post(&post.nft_mint), post.bump)
        {
            return Err(NotAnAccount::Address(*address));
        }
        Ok(Post {
            id: PostId(address.to_bytes()),
            owner,
            log_url: post.log_url.as_str().to_owned(),
            file_hash,
            timestamp: time(address, post.timestamp)?,
            likes: post.likes,
            disputes: post.disputes,
            retracted: post.retracted,
            cycle: post.cycle_index,
            mirrors: post.mirrors.iter().map(mirror).collect(),
        })
    }

    pub(super) fn state_in(&self, account: &UiAccount) -> Result<interface::State, NotAnAccount> {
        // There is but one, and it was asked for by its address.
        let address = self.state();
        let data = self.data(&address, account)?;
        interface::State::parse(&data).map_err(|error| NotAnAccount::Layout(address, error))
    }

    fn data(&self, address: &Pubkey, account: &UiAccount) -> Result<Vec<u8>, NotAnAccount> {
        if account.owner.parse() != Ok(self.program()) {
            return Err(NotAnAccount::Owner(*address));
        }
        let UiAccountData::Binary(text, UiAccountEncoding::Base64) = &account.data else {
            return Err(NotAnAccount::Encoding(*address));
        };
        if text.len() > base64::encoded_len(MAX_ACCOUNT, true).unwrap_or(usize::MAX) {
            return Err(NotAnAccount::TooLarge(*address, text.len()));
        }
        BASE64_STANDARD.decode(text).map_err(|error| NotAnAccount::Base64(*address, error))
    }
}

fn mirror(mirror: interface::Mirror<'_>) -> Mirror {
    Mirror { peer: PeerKey(mirror.owner), url: mirror.url.as_str().to_owned() }
}

fn time(address: &Pubkey, seconds: i64) -> Result<Timestamp, NotAnAccount> {
    Timestamp::from_second(seconds).map_err(|_| NotAnAccount::Time(*address, seconds))
}

fn or_note<T>(read: Result<T, NotAnAccount>) -> Option<T> {
    read.inspect_err(|reason| tracing::warn!(%reason, "ignoring an account that the ledger's endpoint sent"))
        .ok()
}
