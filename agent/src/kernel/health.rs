//! Whether the table is still as it was written.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use ipnetwork::IpNetwork;

use super::Population;
use super::error::KernelError;
use super::nft::{
    Chain, Extent, Family, Present, Role, Rule, SetId, Side, Socket, Table, Verb, band_chain, chain_of,
};
use super::plan::Op;

/// So many elements of each set are looked for.
const CANARIES: usize = 8;
/// An element takes a canary's place when it stays this much longer.
const LONGER: Duration = Duration::from_secs(60);

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
    /// The table's flags: one that sleeps drops nobody.
    #[error("the flags of table inet sentinel were changed")]
    Flags,
    /// The networks of this set of the allowlist.
    #[error("the networks of set {0}, which always pass, were changed")]
    Allowed(String),
    /// The rules of this chain, or the chain.
    #[error("the rules of chain {0} were changed")]
    Rules(String),
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
    /// Some elements of this set.
    #[error("set {set} holds {found} elements where {expected} were written")]
    Elements {
        /// The set.
        set: String,
        /// How many it holds.
        found: usize,
        /// How many there must be.
        expected: usize,
    },
}

/// What was written, as far as it is needed to go on writing and to notice that something is gone.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The table as the kernel has it.
    pub(super) table: Option<Table>,
    /// Which sets these are.
    pub(super) side: Side,
    /// Whether rules look into them, or they are only being filled.
    pub(super) live: bool,
    sets: BTreeMap<SetId, Canaries>,
    /// The rules as the kernel has them.
    rules: BTreeSet<Rule>,
    allowed: Allowed,
}

/// What was written of the allowlist.
#[derive(Debug, Default)]
struct Allowed {
    /// A few of its networks.
    canaries: Vec<IpNetwork>,
    /// How far each of its sets reaches.
    extents: BTreeMap<Family, Extent>,
}

impl Written {
    /// These sets of one side, nothing being known of their elements.
    pub(super) fn new(side: Side, sets: impl IntoIterator<Item = SetId>) -> Self {
        let sets = sets.into_iter().map(|set| (set, Canaries::default())).collect();
        Self { side, sets, ..Self::default() }
    }

    pub(super) fn has(&self, set: SetId) -> bool {
        self.sets.contains_key(&set)
    }

    pub(super) fn sets(&self) -> BTreeSet<SetId> {
        self.sets.keys().copied().collect()
    }

    /// Notes that these sets exist.
    pub(super) fn note_sets(&mut self, sets: impl IntoIterator<Item = SetId>) {
        for set in sets {
            self.sets.entry(set).or_default();
        }
    }

    /// Notes what was written at `now`.
    pub(super) fn note(&mut self, ops: &[Op], now: Instant) {
        for op in ops {
            let canaries = self.sets.entry(op.set).or_default();
            let address = op.network.network();
            match op.verb {
                Verb::Remove => canaries.forget(address),
                Verb::Add => {
                    let until = op.timeout.and_then(|left| now.checked_add(Duration::from_millis(left)));
                    canaries.offer(Canary { address, until });
                }
            }
        }
    }

    /// Notes the rules that look into these sets, as they are in the kernel now.
    pub(super) fn note_rules_into(&mut self, sets: &BTreeSet<SetId>, rules: &[Rule]) {
        let names: BTreeSet<String> = sets.iter().map(SetId::to_string).collect();
        let new = rules.iter().filter(|rule| rule.set.as_ref().is_some_and(|set| names.contains(set)));
        self.rules.extend(new.cloned());
    }

    /// Notes all rules, as they are in the kernel now.
    pub(super) fn note_rules(&mut self, rules: Vec<Rule>) {
        self.rules = rules.into_iter().collect();
    }

    /// Notes that `networks` always pass, and how far that reaches in the kernel.
    pub(super) fn note_allowed(
        &mut self,
        networks: &[IpNetwork],
        socket: &mut Socket,
    ) -> Result<(), KernelError> {
        let some = |family| {
            networks.iter().filter(move |network| Family::of(**network) == family).take(CANARIES).copied()
        };
        self.allowed.canaries = Family::BOTH.into_iter().flat_map(some).collect();
        self.allowed.extents = socket.allowlists()?;
        Ok(())
    }

    /// The first thing found missing at `now`, when `expected` must be there.
    pub(super) fn damage(
        &self,
        socket: &mut Socket,
        expected: &[Population],
        now: Instant,
    ) -> Result<Option<Damage>, KernelError> {
        match (socket.table()?, self.table) {
            (Some(found), Some(own)) if found.handle == own.handle => {
                if found.flags != own.flags {
                    return Ok(Some(Damage::Flags));
                }
            }
            _ => return Ok(Some(Damage::Table)),
        }
        let (rules, present) = (socket.rules()?, socket.sets()?);
        let missing = self.sets.keys().find(|set| !present.iter().any(|present| present.set == **set));
        if let Some(set) = missing {
            return Ok(Some(Damage::Set(set.to_string())));
        }
        if let Some(chain) = self.changed_chain(&rules) {
            return Ok(Some(Damage::Rules(chain)));
        }
        if let Some(family) = self.changed_allowlist(socket)? {
            return Ok(Some(Damage::Allowed(family.allowed().to_owned())));
        }
        let short = expected.iter().find_map(|expected| self.shortage(&present, expected));
        if short.is_some() {
            return Ok(short);
        }
        self.missing_canary(socket, now)
    }

    /// The first chain whose rules are not those that look into the sets.
    fn changed_chain(&self, rules: &[Rule]) -> Option<String> {
        let mut wanted: BTreeMap<String, Vec<Option<String>>> =
            Chain::BOTH.map(|chain| (chain.name().to_owned(), Chain::head().to_vec())).into();
        for set in self.sets.keys() {
            if set.role == Role::Gate {
                wanted.entry(band_chain(*set)).or_default();
            }
            wanted.entry(chain_of(*set)).or_default().push(Some(set.to_string()));
        }
        let mut found: BTreeMap<&str, Vec<Option<String>>> = BTreeMap::new();
        for rule in rules {
            found.entry(&rule.chain).or_default().push(rule.set.clone());
        }
        let sorted = |mut sets: Vec<Option<String>>| {
            sets.sort();
            sets
        };
        let foreign = rules.iter().find(|rule| !self.rules.contains(rule));
        let other_sets = wanted.into_iter().find_map(|(chain, sets)| {
            let found = found.remove(chain.as_str()).unwrap_or_default();
            (sorted(sets) != sorted(found)).then_some(chain)
        });
        other_sets.or_else(|| foreign.map(|rule| rule.chain.clone()))
    }

    /// The first family whose allowlist is not the one that was written, as far as that is seen from its size and a few
    /// of its networks.
    fn changed_allowlist(&self, socket: &mut Socket) -> Result<Option<Family>, KernelError> {
        let found = socket.allowlists()?;
        let other = |family: &Family| found.get(family) != self.allowed.extents.get(family);
        if let Some(family) = Family::BOTH.into_iter().find(other) {
            return Ok(Some(family));
        }
        for network in &self.allowed.canaries {
            if !socket.is_allowed(*network)? {
                return Ok(Some(Family::of(*network)));
            }
        }
        Ok(None)
    }

    /// What a set lacks of the elements that must be in it, where the kernel counts them.
    fn shortage(&self, present: &[Present], expected: &Population) -> Option<Damage> {
        let family = if expected.ipv4 { Family::V4 } else { Family::V6 };
        let (scope, prefix) = (expected.scope, expected.prefix);
        let set = SetId { side: self.side, role: Role::Exact, scope, family, prefix };
        let count = match present.iter().find(|present| present.set == set) {
            Some(present) => present.count?,
            None => 0,
        };
        let found = usize::try_from(count).unwrap_or(usize::MAX);
        let short = found < expected.elements;
        short.then(|| Damage::Elements { set: set.to_string(), found, expected: expected.elements })
    }

    fn missing_canary(&self, socket: &mut Socket, now: Instant) -> Result<Option<Damage>, KernelError> {
        for (set, canaries) in &self.sets {
            for canary in canaries.0.iter().filter(|canary| canary.stays(now)) {
                if socket.element(*set, canary.address)?.is_none() {
                    let network = IpNetwork::new(canary.address, set.prefix).unwrap_or(canary.address.into());
                    return Ok(Some(Damage::Element { network, set: set.to_string() }));
                }
            }
        }
        Ok(None)
    }
}

/// A few elements of one set that were written and must still be there.
#[derive(Debug, Default)]
struct Canaries(Vec<Canary>);

#[derive(Debug, Clone, Copy)]
struct Canary {
    address: IpAddr,
    /// `None` stays until it is removed.
    until: Option<Instant>,
}

impl Canaries {
    fn forget(&mut self, address: IpAddr) {
        self.0.retain(|canary| canary.address != address);
    }

    fn offer(&mut self, canary: Canary) {
        if let Some(same) = self.0.iter_mut().find(|own| own.address == canary.address) {
            *same = canary;
        } else if self.0.len() < CANARIES {
            self.0.push(canary);
        } else if let Some(shortest) = self.0.iter_mut().min_by_key(|own| (own.until.is_none(), own.until))
            && shortest.until.is_some_and(|own| canary.until.is_none_or(|until| until > own + LONGER))
        {
            *shortest = canary;
        }
    }
}

impl Canary {
    /// Whether the kernel still holds it for sure: it may expire a little before our clock says so.
    fn stays(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until > now + Duration::from_secs(1))
    }
}
