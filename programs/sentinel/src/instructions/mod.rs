//! One file an instruction.

mod initialize;
mod join_network;
mod like_post;
mod mint_nft;

pub(crate) use initialize::initialize;
pub(crate) use join_network::join_network;
pub(crate) use like_post::like_post;
pub(crate) use mint_nft::mint_nft;
