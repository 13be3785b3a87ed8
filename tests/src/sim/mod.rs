//! A network in memory, to see what the trust policy makes of hostile peers: honest agents that decide with the agent's own
//! policy code, a ledger that follows the program's own rules, and adversaries of all kinds. The same seed gives the same
//! history.
//!
//! What is simplified: time passes in steps of ten minutes, a post is known to all a step later, logs are not fetched but for
//! the agent's limits on those of newcomers, and an attacker tries its victims one after the other until nobody is left.

mod actors;
mod agent;
mod attackers;
mod cost;
mod ledger;
mod measure;
mod outcome;
mod scenario;
mod svm;
mod world;

pub use actors::Crowd;
pub use cost::Cost;
pub use ledger::{Ledger, Rules};
pub use outcome::{Day, Newcomer, Outcome};
pub use scenario::Scenario;
pub use svm::Svm;
pub use world::World;

/// Seconds of a step.
const STEP: i64 = 600;
/// Steps of an hour.
const HOUR: usize = 6;
/// Steps of a day.
const DAY: usize = 24 * HOUR;
