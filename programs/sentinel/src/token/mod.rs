//! The NFT that stands for a post: a Token-2022 mint with supply one and its metadata inside.
//!
//! The post's address is the mint's authority while the NFT is made, and stays its close and metadata
//! authority: only this program can ever sign for it. Where the metadata are found (in the mint) is
//! fixed for good. Instruction data is that of Token-2022, `spl-token-metadata-interface` and the
//! associated token account program.

mod burn;
mod call;
mod mint;

pub(crate) use burn::OwnedNft;
pub(crate) use mint::{NewNft, mint_size};
