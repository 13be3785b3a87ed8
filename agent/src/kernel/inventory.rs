//! What stands in the table, in numbers: cheap however much is blocked, with the daemon and without.

use serde::Serialize;

use super::nft::{Family, Role, Side, Socket};
use super::{Dropped, KernelError, Scope};

/// The table in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inventory {
    /// Its sets of blocked networks and the gates before them, in the order of their names.
    pub sets: Vec<SetInventory>,
    /// Its rules.
    pub rules: usize,
}

/// A set in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetInventory {
    /// Its name.
    pub name: String,
    /// Whether rules look into it and its elements are what is blocked: not so for gates and for sets being filled.
    pub drops: bool,
    /// How many elements it holds, with expired ones that are not yet collected; kernels before 6.16 do not say.
    pub elements: Option<u32>,
}

impl Inventory {
    /// How many elements drop; none where the kernel does not say.
    #[must_use]
    pub fn elements(&self) -> Option<u64> {
        self.sets.iter().filter(|set| set.drops).map(|set| set.elements.map(u64::from)).sum()
    }
}

/// The table in numbers; none when there is no table.
///
/// # Errors
/// [`KernelError::NotPermitted`] without CAP_NET_ADMIN.
pub fn inventory() -> Result<Option<Inventory>, KernelError> {
    let mut socket = Socket::open()?;
    if socket.table()?.is_none() {
        return Ok(None);
    }
    let rules = socket.rules()?;
    let side = Side::looked_into(&rules);
    let mut sets: Vec<SetInventory> = socket
        .sets()?
        .iter()
        .map(|present| SetInventory {
            name: present.set.to_string(),
            drops: present.set.role == Role::Exact && present.set.side == side,
            elements: present.count,
        })
        .collect();
    sets.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Some(Inventory { sets, rules: rules.len() }))
}

/// What the table's rules have dropped since they were written, by scope and family; nothing when there is no table.
///
/// # Errors
/// [`KernelError::NotPermitted`] without CAP_NET_ADMIN.
pub fn dropped() -> Result<Vec<Dropped>, KernelError> {
    let rules = Socket::open()?.dropped()?;
    let sum = |scope, family| {
        let mut sum = Dropped { scope, ipv4: family == Family::V4, packets: 0, bytes: 0 };
        for (_, counted) in rules.iter().filter(|(set, _)| set.scope == scope && set.family == family) {
            sum.packets = sum.packets.saturating_add(counted.packets);
            sum.bytes = sum.bytes.saturating_add(counted.bytes);
        }
        sum
    };
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    let scopes = [Scope::All, Scope::Inbound];
    Ok(scopes.into_iter().flat_map(|scope| Family::BOTH.map(|family| sum(scope, family))).collect())
}
