//! The Sentinel agent as a library.

pub mod blocks;
pub mod cli;
pub mod config;
pub mod control;
pub mod daemon;
pub mod detect;
pub mod domain;
pub mod evidence;
pub mod fetch;
pub mod guard;
pub mod identity;
pub mod kernel;
pub mod ledger;
pub mod serve;
pub mod sources;
pub mod store;
pub mod trust;
