//! The agent's ledger client against the real program, over real HTTP and a real websocket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod acts;
mod dev_ledger;
mod ends;
mod failover;
mod follow;
mod founding;
mod liar;
mod lossy;
mod network;
mod publish;
mod scale;
mod spending;
