//! How the command line talks to the daemon: one request and one answer, each a line of JSON, over a Unix socket.

mod client;
mod protocol;
mod server;

pub use client::{AskError, ask};
pub use protocol::{
    Answer, BlockCounts, BlockView, Explanation, Failure, FailureKind, LedgerView, PeerView, Request,
    StatusView,
};
pub use server::{Control, ControlError};

/// Longest request, in bytes.
const MAX_REQUEST: u64 = 64 * 1024;
