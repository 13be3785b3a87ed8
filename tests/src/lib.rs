//! What the tests, the demo, the benchmarks and the dev ledger share.

pub mod bench;
#[path = "../dev-ledger/server.rs"]
pub mod dev_ledger;
pub mod lab;
#[allow(clippy::expect_used, clippy::panic, reason = "a test's set-up that fails must stop the test")]
pub mod program;
pub mod python;
#[allow(clippy::expect_used, clippy::panic, reason = "a simulation whose parts disagree must stop")]
pub mod sim;
