//! Reads back what the kernel drops, for when the daemon cannot be asked.

use std::time::Duration;

use super::nft::Socket;
use super::{Element, KernelError};

/// Everything that is dropped now, each element with the time that it has left; nothing when there is no
/// table.
///
/// Works without the daemon and beside it. The kernel lists large sets slowly: a million elements take more than
/// a minute.
///
/// # Errors
/// [`KernelError::NotPermitted`] without CAP_NET_ADMIN.
pub fn blocked() -> Result<Vec<Element>, KernelError> {
    let mut socket = Socket::open()?;
    let mut blocked = Vec::new();
    let mut sets = socket.sets()?;
    sets.sort_unstable();
    for set in sets {
        blocked.extend(socket.elements(set)?.into_iter().map(|(network, left)| Element {
            network,
            scope: set.scope,
            timeout: left.map(Duration::from_millis),
        }));
    }
    Ok(blocked)
}
