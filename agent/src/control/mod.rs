//! How the command line talks to the daemon: one request and one answer, each a line of JSON, over a Unix socket. A log
//! to publish follows its request byte by byte.
//!
//! Whatever there is a million of comes in pages and goes in chunks, so that neither side ever holds all of it.

mod client;
mod protocol;
mod server;

pub use client::{AskError, ask};
pub use protocol::*;
pub use server::{Control, ControlError};

/// Longest request, in bytes. Whoever sends more networks than fit sends them in several.
pub const MAX_REQUEST: usize = 1024 * 1024;

/// Most bytes that follow a request: the largest log.
pub const MAX_ATTACHMENT: usize = crate::domain::MAX_LOG_BYTES;

/// Longest answer, in bytes: a page of blocks with long reasons stays far below.
const MAX_ANSWER: usize = 64 * 1024 * 1024;
