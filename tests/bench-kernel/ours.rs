//! Our side: the agent's own way into the kernel.

use sentinel_agent::kernel::{Firewall, KernelError, Options};

/// A firewall in the network of the calling thread.
pub(crate) fn open() -> Result<Firewall, KernelError> {
    Firewall::open(Options::default(), &[])
}
