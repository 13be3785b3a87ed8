//! The set of blocks in force, what each change to it means for the kernel, and who is blocked for longer because they
//! attacked before.
//!
//! Pure: the set says what the kernel must be told, and somebody else tells it.

mod agenda;
mod offenders;
mod origins;
mod reasons;
mod set;
mod tally;
mod timeline;

use std::sync::Arc;

use ipnetwork::IpNetwork;
use jiff::Timestamp;

use crate::domain::{Origin, Scope};

pub use crate::domain::Population;
pub use offenders::{Escalation, MAX_OFFENDERS, Offenders, Sentence};
pub use set::BlockSet;

/// What the kernel must be told.
///
/// The kernel holds a network in each scope for as long as a reason asks for that scope, and in the narrower one only
/// when it outlasts the wider. So when a local reason ends before a peer's does, the kernel's own timeouts let the
/// network fall back, without a gap and without the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Drop this network in this scope until then; replaces an earlier expiry.
    Enforce {
        /// What to drop.
        network: IpNetwork,
        /// How much of its traffic.
        scope: Scope,
        /// When it ends.
        until: Timestamp,
    },
    /// Stop dropping this network in this scope.
    Release {
        /// What is let go.
        network: IpNetwork,
        /// The scope it was in.
        scope: Scope,
    },
}

/// What was forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gone {
    /// The block with all its reasons.
    Block(IpNetwork),
    /// One of its reasons; others hold.
    Reason(IpNetwork, Arc<Origin>),
}

#[cfg(test)]
mod tests;
