//! The kernel's side: the table `inet sentinel`, and the addresses and routes of this host.
//!
//! [`Firewall`] owns the table and writes it over netlink, without a child process; [`FirewallHandle`]
//! lets many tasks share one. What is in the table outlives the process, so that the kernel goes on
//! dropping when the agent is down; [`blocked`] reads it back then. [`watch`] follows the addresses
//! and routes that the guard protects.
//!
//! An operator finds the elements with `nft list set inet sentinel blocked4`. Single addresses that are blocked
//! entirely stand in `blocked4` and `blocked6`, those blocked on the word of peers in `peers4` and
//! `peers6`; networks in a set per prefix length beside them, such as `blocked6_64`. `allowed4` and `allowed6`
//! hold what always passes.

mod addresses;
mod blocked;
mod error;
mod firewall;
mod handle;
mod health;
mod nflog;
mod nft;
mod plan;
mod work;

use std::time::Duration;

use ipnetwork::IpNetwork;

pub use crate::domain::Scope;

pub use addresses::{Links, snapshot, watch};
pub use blocked::blocked;
pub use error::{Act, Cause, KernelError, Refusal};
pub use firewall::Firewall;
pub use handle::{FirewallHandle, Submitted, spawn};
pub use health::{Damage, Health};
pub use nflog::{NflogError, Packet, PacketLog, Transport};

/// How many elements a set takes, unless told otherwise; its hash table costs 2 MiB of kernel memory.
pub const CAPACITY: u32 = 131_072;

/// A network that is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// The network; host bits are ignored.
    pub network: IpNetwork,
    /// Which of its packets are dropped.
    pub scope: Scope,
    /// For how long from now on; `None` stays until it is removed.
    pub timeout: Option<Duration>,
}

/// A change of what is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Drops the network; when it is dropped already, its timeout begins anew.
    Add(Element),
    /// Drops it no longer; removing what is not there is fine.
    Remove {
        /// The network; host bits are ignored.
        network: IpNetwork,
        /// The scope that it was added with.
        scope: Scope,
    },
}
