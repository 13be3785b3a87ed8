//! One file an instruction.

mod add_mirror;
mod initialize;
mod join_network;
mod like_post;
mod mint_nft;
mod remove_mirror;
mod set_endpoint;

pub(crate) use add_mirror::add_mirror;
pub(crate) use initialize::initialize;
pub(crate) use join_network::join_network;
pub(crate) use like_post::like_post;
pub(crate) use mint_nft::mint_nft;
pub(crate) use remove_mirror::remove_mirror;
pub(crate) use set_endpoint::set_endpoint;
