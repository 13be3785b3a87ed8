//! The whole path on real parts: kernel, OpenSSH, TLS, the ledger program and the agent's own binary.
//!
//! These tests make network namespaces, so they run as root: `make test` sees to it.

mod full_disk;
mod garbage;
mod hostile_posts;
mod hostile_user_name;
mod interference;
mod ipv6;
mod kill;
mod lab;
mod one_attack;
mod restart;
mod scene;
mod standalone;
mod two_agents;
mod unreachable_peer;
