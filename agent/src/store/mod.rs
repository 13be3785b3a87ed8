//! What is kept on disk: malicious logs as files, everything else in the database.

pub mod database;
mod logs;

pub use logs::{LogStore, OpenLog, StoreError, Stored};
