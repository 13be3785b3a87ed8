//! The firewall and the host's addresses on the real kernel, each test in a private network.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod allowlist;
mod connections;
mod counters;
mod damage;
mod elements;
mod inventory;
mod links;
mod mixed;
mod nflog;
mod ownership;
mod replace;
mod shared;
mod support;
mod traffic;
mod under_fire;
