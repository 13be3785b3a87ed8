//! Seeds of the program-derived addresses, to hand to `find_program_address`.

use crate::{Address, FileHash};

const STATE: &[u8] = b"state";
const PEER: &[u8] = b"peer";
const MINT: &[u8] = b"mint";
const POST: &[u8] = b"post";
const LIKE: &[u8] = b"like";
const DISPUTE: &[u8] = b"dispute";

/// The network's one [`State`](crate::State).
pub const fn state() -> [&'static [u8]; 1] {
    [STATE]
}

/// The [`Peer`](crate::Peer) of an operator.
pub const fn peer(user: &Address) -> [&[u8]; 2] {
    [PEER, user]
}

/// The mint of the NFT that stands for one malicious log of one owner.
///
/// It follows from the log's hash, so publishing the same log again is refused instead of
/// becoming a second post.
pub const fn mint<'a>(owner: &'a Address, file_hash: &'a FileHash) -> [&'a [u8]; 3] {
    [MINT, owner, file_hash]
}

/// The [`Post`](crate::Post) of an NFT.
pub const fn post(nft_mint: &Address) -> [&[u8]; 2] {
    [POST, nft_mint]
}

/// The like of one peer for one post, a [`Verdict`](crate::Verdict).
pub const fn like<'a>(liker: &'a Address, post: &'a Address) -> [&'a [u8]; 3] {
    [LIKE, liker, post]
}

/// The dispute of one peer of one post, a [`Verdict`](crate::Verdict).
pub const fn dispute<'a>(disputer: &'a Address, post: &'a Address) -> [&'a [u8]; 3] {
    [DISPUTE, disputer, post]
}

/// The owner's token account of an NFT, under the program [`ASSOCIATED_TOKEN`](crate::program_id::ASSOCIATED_TOKEN).
pub const fn token_account<'a>(owner: &'a Address, nft_mint: &'a Address) -> [&'a [u8]; 3] {
    [owner, &crate::program_id::TOKEN_2022, nft_mint]
}
