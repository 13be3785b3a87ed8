//! Reads back what the kernel drops, for when the daemon cannot be asked.

use std::time::Duration;

use super::nft::{Role, SetId, Side, Socket};
use super::{Element, KernelError};

/// Whether the table is in the kernel.
///
/// # Errors
/// [`KernelError::NotPermitted`] without CAP_NET_ADMIN.
pub fn has_table() -> Result<bool, KernelError> {
    Ok(Socket::open()?.table()?.is_some())
}

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
    let side = Side::looked_into(&socket.rules()?);
    let mut sets: Vec<SetId> = socket.sets()?.into_iter().map(|present| present.set).collect();
    sets.retain(|set| set.role == Role::Exact && set.side == side);
    sets.sort_unstable();
    let mut blocked = Vec::new();
    for set in sets {
        blocked.extend(socket.elements(set)?.into_iter().map(|held| Element {
            network: held.network,
            scope: set.scope,
            timeout: held.left.map(|left| Duration::from_millis(left).into()),
        }));
    }
    Ok(blocked)
}
