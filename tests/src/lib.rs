//! What the tests, the demo, the kernel benchmark and the dev ledger share.

#[path = "../dev-ledger/server.rs"]
pub mod dev_ledger;
pub mod lab;
#[allow(clippy::expect_used, clippy::panic, reason = "a test's set-up that fails must stop the test")]
pub mod program;
