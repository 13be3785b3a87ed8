//! The firewall and the host's addresses on the real kernel, each test in a private network.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod elements;
mod links;
mod nflog;
mod ownership;
mod shared;
mod support;
mod traffic;
