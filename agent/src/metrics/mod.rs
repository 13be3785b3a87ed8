//! What the agent measures of itself, as Prometheus reads it.
//!
//! [`Metrics`] counts what happens, where it happens: an atomic addition an event, a map lookup a batch of log lines. A
//! [`Sample`] is what stands at a moment, taken only when somebody asks. [`serve`] answers who asks over HTTP; the control
//! socket answers with the same text.
//!
//! Names follow Prometheus' conventions: `sentinel_` before, the unit in the name, `_total` behind what only grows. Labels
//! are words of this program or of the operator's config, so there are as many series as those allow and no attacker adds
//! one. `docs/MONITORING.md` lists them.

mod endpoint;
mod instruments;
mod sample;

#[cfg(test)]
mod tests;

pub use endpoint::serve;
pub use instruments::{Metrics, PostVerdict};
pub use sample::{LedgerSample, Queue, Sample};

/// What the text is: OpenMetrics, the standard that Prometheus' own format became.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What every name begins with.
const PREFIX: &str = "sentinel";
