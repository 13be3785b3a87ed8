//! What the end-to-end tests share: real parts, set up in one line.
#![allow(clippy::expect_used, clippy::panic, reason = "a test's set-up that fails must stop the test")]

pub mod program;
