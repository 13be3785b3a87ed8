//! What this agent keeps on disk: the malicious logs that it serves.

mod logs;

pub use logs::{LogStore, OpenLog, StoreError, Stored};
