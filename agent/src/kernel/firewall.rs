//! The firewall: what is wished for, made so in the kernel.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ipnetwork::IpNetwork;

use super::connections::Connections;
use super::error::KernelError;
use super::health::{Health, Written};
use super::nft::{Batch, Family, Ownership, SetId, Verb};
use super::plan::{Mode, Plan};
use super::rebuild::verdict;
use super::session::Session;
use super::{Change, Counted, Element, Lacking, MAX_ALLOWED, Options, Population, Scope};
use crate::domain::{canonical, outermost};

/// An owner that was killed is gone from the table a moment later: looks at most, and the pause before each.
const LOOKS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);
/// Elements that were counted longer ago than this may have expired since.
const LATE: Duration = Duration::from_secs(1);

/// The table `inet sentinel` and the socket that owns it.
///
/// Dropping it leaves the table in the kernel, where it goes on dropping packets.
pub struct Firewall {
    pub(super) session: Session,
    pub(super) allowed: Arc<[IpNetwork]>,
    pub(super) written: Written,
    /// Whether the table was made here and nothing was written into it yet.
    pub(super) untouched: bool,
    /// The ruleset's generation in which the table was last found intact.
    pub(super) intact_at: Option<u32>,
    connections: Option<Connections>,
}

impl Firewall {
    /// Creates the table in the network namespace of the calling thread, or adopts the one that is there
    /// with all its elements. `allowed` are the networks that always pass.
    ///
    /// # Errors
    /// [`KernelError::AnotherOwner`] when another process owns the table, [`KernelError::NotPermitted`] without
    /// CAP_NET_ADMIN, [`KernelError::Structure`] when the kernel lacks something.
    pub fn open(options: Options, allowed: &[IpNetwork]) -> Result<Self, KernelError> {
        Self::open_lacking(options, allowed, Lacking::default())
    }

    /// As [`Firewall::open`], doing without what older kernels do not have.
    ///
    /// # Errors
    /// As [`Firewall::open`].
    pub fn open_lacking(
        options: Options,
        allowed: &[IpNetwork],
        lacking: Lacking,
    ) -> Result<Self, KernelError> {
        let mut firewall = Self {
            session: Session::open(options, lacking)?,
            allowed: always_passing(allowed)?,
            written: Written::default(),
            untouched: false,
            intact_at: None,
            connections: options.drop_connections.then(|| Connections::open(lacking)).transpose()?,
        };
        patiently(|| firewall.establish())?;
        Ok(firewall)
    }

    /// Makes the changes, the first ones before the later ones, in as few batches as the kernel takes.
    ///
    /// # Errors
    /// [`KernelError::Elements`] names what was refused, all the rest being applied; [`KernelError::Gone`] when
    /// the table must be rebuilt first.
    pub fn apply(&mut self, changes: &[Change]) -> Result<(), KernelError> {
        let mut plan = Plan::of(changes.iter().copied(), self.written.side);
        self.untouched &= plan.adds.is_empty();
        self.session.add(&mut self.written, &mut plan, Mode::Refresh)?;
        // What is in a set that does not exist is not there; what could not move stays where it is.
        let stuck: BTreeSet<IpNetwork> =
            plan.refused.iter().filter_map(|refusal| refusal.act.network()).collect();
        plan.removes.retain(|op| self.written.has(op.set) && !stuck.contains(&op.network));
        self.session.write(&mut self.written, &plan.removes, Mode::Refresh, &mut plan.refused)?;
        if let Some(connections) = &self.connections {
            let blocked = plan.adds.iter().filter(|op| op.set.scope == Scope::All);
            let blocked = blocked.map(|op| op.network).filter(|network| !stuck.contains(network));
            connections.drop_from(blocked.collect(), &self.allowed);
        }
        verdict(plan.refused)
    }

    /// Throws away what is there and makes `elements` what is dropped and `allowed` what always passes, with rules of
    /// today's making, without a moment in which neither drops. Each network stands in it once a scope at most.
    ///
    /// What fits into one batch, about 5,000 elements, is replaced by it. More are first written to sets beside the
    /// ones that drop, which takes kernel memory for both; a failure leaves the old ones dropping. A block that shall
    /// move to [`Scope::All`] moves without a gap by [`Firewall::apply`] only: a packet may be between the chains of
    /// the two.
    ///
    /// # Errors
    /// As [`Firewall::open`] and [`Firewall::apply`].
    pub fn replace(&mut self, elements: &[Element], allowed: &[IpNetwork]) -> Result<(), KernelError> {
        self.allowed = always_passing(allowed)?;
        self.renew(elements)
    }

    /// Makes `networks` the ones that always pass, whatever is blocked.
    ///
    /// # Errors
    /// As [`Firewall::apply`], and [`KernelError::TooManyAllowed`]; then the former ones still pass.
    pub fn allow(&mut self, networks: &[IpNetwork]) -> Result<(), KernelError> {
        let before = std::mem::replace(&mut self.allowed, always_passing(networks)?);
        let changed = self.change_allowed(&before).or_else(|_| self.exchange_allowed());
        changed.inspect_err(|_| self.allowed = before)?;
        self.written.note_allowed(&self.allowed, &mut self.session.socket)
    }

    /// Whether the table is as it was written, and at least as many elements are in it as `expected` says. Cheap
    /// while nobody changed any table: call it once a second.
    ///
    /// Kernels before 6.16 do not count elements; there some elements of each set are looked for.
    ///
    /// # Errors
    /// When the kernel cannot be asked.
    pub fn check(&mut self, expected: &[Population]) -> Result<Health, KernelError> {
        self.check_as_of(Instant::now(), expected)
    }

    /// As [`Firewall::check`], where `expected` was counted at `moment`: after a long wait it says nothing any more.
    pub(super) fn check_as_of(
        &mut self,
        moment: Instant,
        expected: &[Population],
    ) -> Result<Health, KernelError> {
        let late = moment.elapsed() > LATE;
        let generation = self.session.socket.generation()?;
        if self.intact_at == Some(generation) {
            return Ok(Health::Intact);
        }
        let expected = if late || self.session.lacking.counts { &[] } else { expected };
        if let Some(damage) = self.written.damage(&mut self.session.socket, expected, Instant::now())? {
            return Ok(Health::Damaged(damage));
        }
        self.intact_at = (!late).then_some(generation);
        Ok(Health::Intact)
    }

    /// What the element of this network has dropped since it was last written; `None` when it is not there or
    /// does not count ([`Options::counters`]).
    ///
    /// # Errors
    /// When the kernel cannot be asked.
    pub fn counted(&mut self, network: IpNetwork, scope: Scope) -> Result<Option<Counted>, KernelError> {
        let network = canonical(network);
        let set = SetId::of(network, scope, self.written.side);
        let element = self.session.socket.element(set, network.network())?;
        Ok(element.and_then(|element| element.counted))
    }

    /// Whether only this process can change the table.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.session.ownership == Ownership::Owned
    }

    /// Deletes the table and everything in it.
    ///
    /// # Errors
    /// When the kernel refuses; a table that is gone already is no error.
    pub fn remove(mut self) -> Result<(), KernelError> {
        self.session.delete_table()
    }

    /// Deletes the table that an earlier process left, if there is one; whether there was.
    ///
    /// # Errors
    /// [`KernelError::AnotherOwner`] when a process still owns it, [`KernelError::NotPermitted`] without CAP_NET_ADMIN.
    pub fn discard() -> Result<bool, KernelError> {
        let mut session = Session::open(Options::default(), Lacking::default())?;
        if patiently(|| session.examine())?.is_none() {
            return Ok(false);
        }
        session.delete_table().map(|()| true)
    }

    /// Changes what passes from `before` without touching what goes on passing: within an exchange of all of them, a
    /// packet may be looked up when the old ones are gone and the new ones are not there yet.
    fn change_allowed(&mut self, before: &[IpNetwork]) -> Result<(), KernelError> {
        let new = without(&self.allowed, before);
        let gone = without(before, &self.allowed);
        if outermost(new.iter().chain(&gone).copied()).len() < new.len() + gone.len() {
            return self.exchange_allowed();
        }
        if new.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let mut batch = self.session.socket.begin();
        for family in Family::BOTH {
            batch.change_allowed(family, Verb::Remove, &of(family, &gone));
            batch.change_allowed(family, Verb::Add, &of(family, &new));
        }
        self.session.commit(batch)
    }

    fn exchange_allowed(&mut self) -> Result<(), KernelError> {
        let mut batch = self.session.socket.begin();
        self.say_allowed(&mut batch);
        self.session.commit(batch)
    }

    pub(super) fn say_allowed(&self, batch: &mut Batch) {
        for family in Family::BOTH {
            batch.replace_allowed(family, &of(family, &self.allowed));
        }
    }
}

/// Tries again while the table still belongs to an owner that was killed a moment ago.
fn patiently<T>(mut attempt: impl FnMut() -> Result<T, KernelError>) -> Result<T, KernelError> {
    for _ in 0..LOOKS {
        match attempt() {
            Err(KernelError::AnotherOwner { .. }) => std::thread::sleep(PAUSE),
            settled => return settled,
        }
    }
    attempt()
}

/// The allowlist as it is written: no network within another, and not too many.
fn always_passing(networks: &[IpNetwork]) -> Result<Arc<[IpNetwork]>, KernelError> {
    let networks = outermost(networks.iter().copied());
    match networks.len() {
        given if given > MAX_ALLOWED => Err(KernelError::TooManyAllowed { given }),
        _ => Ok(networks.into()),
    }
}

/// Those of the first list, sorted as the second one is, that are not in it.
fn without(networks: &[IpNetwork], others: &[IpNetwork]) -> Vec<IpNetwork> {
    networks.iter().copied().filter(|network| others.binary_search(network).is_err()).collect()
}

fn of(family: Family, networks: &[IpNetwork]) -> Vec<IpNetwork> {
    networks.iter().copied().filter(|network| Family::of(*network) == family).collect()
}
