//! What the tests, the demo, the benchmarks and the dev ledger share.

pub mod bench;
#[path = "../dev-ledger/server.rs"]
pub mod dev_ledger;
#[allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "an endpoint that is a part of tests must stop them when it breaks"
)]
pub mod endpoint;
pub mod lab;
pub mod plot;
#[allow(clippy::expect_used, clippy::panic, reason = "a test's set-up that fails must stop the test")]
pub mod program;
pub mod python;
#[allow(clippy::expect_used, clippy::panic, reason = "a simulation whose parts disagree must stop")]
pub mod sim;
