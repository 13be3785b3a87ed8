//! The agent's ledger client against the real program, over real HTTP and a real websocket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod acts;
mod dev_ledger;
mod ends;
mod follow;
mod lossy;
mod network;
mod publish;
