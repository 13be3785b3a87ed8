//! daemon
pub mod engine;
