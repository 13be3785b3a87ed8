//! What acts cost, in lamports, by the ledger's published rules: asking an endpoint would be taking its word.

use sentinel_interface::{
    Address, Url, Verdict,
    account::{Mirrors, Post},
};

/// Fee of each signature.
const SIGNATURE: u64 = 5_000;

/// Rent of a byte: two years' worth, which exempts from it.
const BYTE: u64 = 2 * 3_480;

/// What an account takes besides its data, in bytes.
const ACCOUNT: usize = 128;

/// The mint of a post's NFT without the URL that its metadata hold: what Token-2022 makes of the program's extensions.
const MINT: usize = 384;

/// The owner's token account, with the extension that associated ones have.
const TOKEN_ACCOUNT: usize = 170;

/// Length of a text or a list, before it.
const COUNT: usize = size_of::<u32>();

/// Fee of a transaction with so many signatures.
pub(super) fn fee(signatures: usize) -> u64 {
    u64::try_from(signatures).unwrap_or(u64::MAX).saturating_mul(SIGNATURE)
}

/// Rent of a new account with so many bytes of data.
pub(super) fn rent(bytes: usize) -> u64 {
    of_bytes(ACCOUNT + bytes)
}

/// Rent of a like or a dispute.
#[must_use]
pub fn verdict_rent() -> u64 {
    rent(Verdict::LEN)
}

/// Rent of a post whose URL has so many bytes, and of its NFT.
#[must_use]
pub fn post_rent(url: usize) -> u64 {
    let post = Post::LOG_URL_OFFSET + COUNT + url + Mirrors::EMPTY.encoded_len();
    rent(post) + rent(MINT + url) + rent(TOKEN_ACCOUNT)
}

/// What a post whose URL has so many bytes takes from the balance at the most, what is paid for being preferred aside.
#[must_use]
pub fn post_cost(url: usize) -> u64 {
    post_rent(url).saturating_add(fee(2))
}

/// Rent of a post with this URL, and of its NFT.
pub(super) fn rent_of_post(log_url: Url<'_>) -> u64 {
    post_rent(log_url.as_str().len())
}

/// Rent of one more mirror in a post.
pub(super) fn rent_of_mirror(url: Url<'_>) -> u64 {
    of_bytes(COUNT + url.as_str().len() + size_of::<Address>())
}

fn of_bytes(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(BYTE)
}
