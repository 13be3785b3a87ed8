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
//! hold what always passes. Sets such as `blocked4_gate25` lead to the networks of less common lengths (`layout`
//! says why). After a large table was replaced while it dropped, its sets are named `blocked4_b` and so on, after the
//! next time `blocked4` again.
//!
//! Sets are created without a size: a hash set grows and shrinks by itself. That loads a million elements as
//! fast as a set made for them, costs an idle router nothing, and no block fails because many others are there.

mod addresses;
mod blocked;
mod connections;
mod error;
mod firewall;
mod handle;
mod health;
mod inventory;
mod layout;
mod names;
mod nflog;
mod nft;
mod plan;
mod rebuild;
mod session;
mod trial;
mod work;

use std::num::NonZeroU64;
use std::time::Duration;

use ipnetwork::IpNetwork;

pub use crate::domain::{Dropped, Population, Scope};

pub use addresses::{Links, watch};
pub use blocked::{blocked, has_table};
pub use error::{Act, Cause, KernelError, Refusal};
pub use firewall::Firewall;
pub use handle::{FirewallHandle, Submitted, spawn, spawn_lacking};
pub use health::{Damage, Health};
pub use inventory::{Inventory, SetInventory, dropped, inventory};
pub use names::{Holds, held_in, set_name};
pub use nflog::{NflogError, Packet, PacketLog, Transport};
pub use trial::{Trial, TrialError, try_out};

/// As many networks may always pass: so many that one batch can exchange all of them, which leaves no moment without.
pub const MAX_ALLOWED: usize = 100_000;

/// What the firewall does besides dropping.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Every element counts the packets that it drops, from the next [`Firewall::replace`] on where the table is
    /// there already.
    pub counters: bool,
    /// The connections that a newly blocked network ([`Scope::All`]) has opened are forgotten.
    pub drop_connections: bool,
}

/// What is done without although this kernel may have it, so that tests show how older kernels are served.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Lacking {
    /// Tables with an owner that they outlive (Linux 6.9).
    pub ownership: bool,
    /// The number of a set's elements (Linux 6.16).
    pub counts: bool,
    /// Deleting tracked connections by source address (Linux 6.8).
    pub connection_filter: bool,
    /// A send buffer of the usual size: as many bytes instead.
    pub send_buffer: Option<usize>,
}

/// What one element has dropped.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Packets.
    pub packets: u64,
    /// Bytes of these packets, network headers included.
    pub bytes: u64,
}

/// A network that is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// The network; host bits are ignored.
    pub network: IpNetwork,
    /// Which of its packets are dropped.
    pub scope: Scope,
    /// For how long from now on; `None` stays until it is removed.
    pub timeout: Option<Timeout>,
}

/// How long an element stays: a [`Duration`] in milliseconds, at least one, in half its size, because elements come by
/// the million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timeout(NonZeroU64);

impl Timeout {
    /// The longest: the kernel counts in nanoseconds of 64 bits.
    const LONGEST: u64 = u64::MAX / 1_000_000 - 1;

    fn milliseconds(self) -> u64 {
        self.0.get()
    }
}

impl From<Duration> for Timeout {
    /// Nothing becomes one millisecond, because the kernel takes zero for "never".
    fn from(duration: Duration) -> Self {
        let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(Self::LONGEST).min(Self::LONGEST);
        Self(NonZeroU64::new(milliseconds).unwrap_or(NonZeroU64::MIN))
    }
}

impl From<Timeout> for Duration {
    fn from(timeout: Timeout) -> Self {
        Self::from_millis(timeout.milliseconds())
    }
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
