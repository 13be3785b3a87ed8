//! One file an instruction.

mod add_mirror;
mod advance_cycle;
mod close_verdict;
mod dispute_post;
mod initialize;
mod join_network;
mod leave_network;
mod like_post;
mod mint_nft;
mod remove_mirror;
mod retire_post;
mod retract_post;
mod set_endpoint;

pub(crate) use add_mirror::add_mirror;
pub(crate) use advance_cycle::advance_cycle;
pub(crate) use close_verdict::close_verdict;
pub(crate) use dispute_post::dispute_post;
pub(crate) use initialize::initialize;
pub(crate) use join_network::join_network;
pub(crate) use leave_network::leave_network;
pub(crate) use like_post::like_post;
pub(crate) use mint_nft::mint_nft;
pub(crate) use remove_mirror::remove_mirror;
pub(crate) use retire_post::retire_post;
pub(crate) use retract_post::retract_post;
pub(crate) use set_endpoint::set_endpoint;
