//! What the benchmarks share: what a program costs, figures and verdicts, and saying what goes on.
//!
//! Load runs in child processes, of the benchmark itself for our side, whose peak memory and CPU time the kernel
//! counts (`getrusage(2)`).

pub mod cost;
pub mod progress;
pub mod report;
