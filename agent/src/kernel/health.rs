//! Whether the table is still as it was written.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use ipnetwork::IpNetwork;

use super::error::KernelError;
use super::nft::{Chain, SetId, Socket, Verb};
use super::plan::Op;

/// Whether the table is as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Health {
    /// It is.
    Intact,
    /// It is not: call [`super::Firewall::replace`].
    Damaged(Damage),
}

/// What is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// The whole table.
    #[error("table inet sentinel was deleted")]
    Table,
    /// The rules of this chain, or the chain.
    #[error("the rules of chain {0} were changed")]
    Rules(&'static str),
    /// This set.
    #[error("set {0} was deleted")]
    Set(String),
    /// An element of this set, and most likely more.
    #[error("{network} was removed from set {set}")]
    Element {
        /// The element.
        network: IpNetwork,
        /// The set.
        set: String,
    },
}

/// What was written, as far as it is needed to notice that it is gone: of each set one element, the canary.
#[derive(Debug, Default)]
pub(super) struct Written {
    handle: Option<u64>,
    sets: BTreeMap<SetId, Option<Canary>>,
}

/// An element that was written and must still be there.
#[derive(Debug, Clone, Copy)]
struct Canary {
    address: IpAddr,
    until: Option<Instant>,
}

impl Written {
    /// A table with this handle and these sets, nothing being known of their elements.
    pub(super) fn new(handle: Option<u64>, sets: BTreeSet<SetId>) -> Self {
        Self { handle, sets: sets.into_iter().map(|set| (set, None)).collect() }
    }

    pub(super) fn has(&self, set: SetId) -> bool {
        self.sets.contains_key(&set)
    }

    pub(super) fn sets(&self) -> BTreeSet<SetId> {
        self.sets.keys().copied().collect()
    }

    /// Notes what was written at `now`; the element that stays longest becomes its set's canary.
    pub(super) fn note(&mut self, ops: &[Op], now: Instant) {
        for op in ops {
            let address = op.network.network();
            let until = op.timeout.and_then(|timeout| now.checked_add(Duration::from_millis(timeout)));
            let canary = self.sets.entry(op.set).or_default();
            match op.verb {
                Verb::Remove if canary.is_some_and(|canary| canary.address == address) => *canary = None,
                Verb::Add if canary.is_none_or(|canary| canary.yields(address, until)) => {
                    *canary = Some(Canary { address, until });
                }
                _ => {}
            }
        }
    }

    /// The first thing found missing at `now`.
    pub(super) fn damage(&self, socket: &mut Socket, now: Instant) -> Result<Option<Damage>, KernelError> {
        let table = socket.table()?;
        if table.is_none() || table.map(|table| table.handle) != self.handle {
            return Ok(Some(Damage::Table));
        }
        let chains = socket.chains()?;
        for chain in Chain::BOTH {
            let sets = self.sets.keys().filter(|set| Chain::of(set.scope) == chain).count();
            if !chains.iter().any(|(name, rules)| name == chain.name() && *rules == Chain::rules(sets)) {
                return Ok(Some(Damage::Rules(chain.name())));
            }
        }
        let present = socket.sets()?;
        for (set, canary) in &self.sets {
            if !present.contains(set) {
                return Ok(Some(Damage::Set(set.to_string())));
            }
            let Some(canary) = canary.filter(|canary| canary.stays(now)) else { continue };
            if !socket.holds(*set, canary.address)? {
                let network = IpNetwork::new(canary.address, set.prefix).unwrap_or(canary.address.into());
                return Ok(Some(Damage::Element { network, set: set.to_string() }));
            }
        }
        Ok(None)
    }
}

impl Canary {
    /// Whether an element that stays until then makes the better canary.
    fn yields(&self, address: IpAddr, until: Option<Instant>) -> bool {
        let longer = match (self.until, until) {
            (Some(mine), Some(other)) => other > mine,
            (mine, None) => mine.is_some(),
            (None, Some(_)) => false,
        };
        longer || self.address == address
    }

    /// Whether the kernel still holds it for sure: it may expire a little before our clock says so.
    fn stays(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until > now + Duration::from_secs(1))
    }
}
