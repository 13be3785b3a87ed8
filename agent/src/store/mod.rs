//! What is kept on disk: malicious logs as files, everything else in the database.

pub mod database;
mod logs;
#[cfg(test)]
pub(crate) mod testing;

pub use logs::{LogStore, OpenLog, StoreError, Stored};
