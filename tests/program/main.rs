//! The committed program in LiteSVM: one file an instruction, then what holds for all of them.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod add_mirror;
mod advance_cycle;
mod close_verdict;
mod cost;
mod dispute_post;
mod extremes;
mod hostile;
mod idl;
mod initialize;
mod join_network;
mod leave_network;
mod like_post;
mod mint_nft;
mod nft;
mod remove_mirror;
mod rent;
mod retire_post;
mod retract_post;
mod set_endpoint;
mod tamper;
mod valid;
mod verdicts;
