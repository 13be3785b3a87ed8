//! The committed program in LiteSVM: one file an instruction, then what holds for all of them.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod add_mirror;
mod cost;
mod hostile;
mod idl;
mod initialize;
mod join_network;
mod like_post;
mod mint_nft;
mod nft;
mod remove_mirror;
mod rent;
mod set_endpoint;
