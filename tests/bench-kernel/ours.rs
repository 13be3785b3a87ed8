//! Our side: the agent's own way into the kernel.

use sentinel_agent::kernel::{Firewall, KernelError};

/// A firewall with room for `count` addresses and some more, in the network of the calling thread.
pub(crate) fn open(count: u32) -> Result<Firewall, KernelError> {
    Firewall::open(room_for(count), &[])
}

/// How many elements a set takes that is to hold `count` and some bans more.
pub(crate) fn room_for(count: u32) -> u32 {
    count + 10_000
}
