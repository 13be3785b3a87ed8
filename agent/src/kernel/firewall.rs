//! The firewall: what is wished for, made so in the kernel.

use std::collections::BTreeSet;
use std::time::Instant;

use ipnetwork::IpNetwork;

use super::error::{Act, Cause, KernelError, Refusal};
use super::health::{Health, Written};
use super::nft::{
    Batch, Chain, Failure, Family, Item, Ownership, Rejected, Rejection, SetId, Socket, Table, Verb,
};
use super::plan::{Mode, Op, additions, batches, operations, outermost};
use super::work::Work;
use super::{Change, Element, Scope};

/// The table `inet sentinel` and the socket that owns it.
///
/// Dropping it leaves the table in the kernel, where it goes on dropping packets.
pub struct Firewall {
    socket: Socket,
    capacity: u32,
    allowed: Vec<IpNetwork>,
    ownership: Ownership,
    written: Written,
    /// The ruleset's generation in which the table was last found intact.
    intact_at: Option<u32>,
}

impl Firewall {
    /// Creates the table in the network namespace of the calling thread, or adopts the one that is there
    /// with all its elements.
    ///
    /// `capacity` is how many elements a set takes ([`super::CAPACITY`]), `allowed` the networks that always
    /// pass.
    ///
    /// # Errors
    /// [`KernelError::AnotherOwner`] when another process owns the table, [`KernelError::NotPermitted`] without
    /// CAP_NET_ADMIN, [`KernelError::Structure`] when the kernel lacks something.
    pub fn open(capacity: u32, allowed: &[IpNetwork]) -> Result<Self, KernelError> {
        let mut firewall = Self::unbuilt(capacity, allowed)?;
        let kept = match firewall.examine()? {
            Some(_) => firewall.socket.sets()?.into_iter().collect(),
            None => BTreeSet::new(),
        };
        match firewall.build(&kept, &[]) {
            // What is there is not what this version makes, so that it can only be made anew.
            Err(KernelError::Structure(_)) if !kept.is_empty() => firewall.build(&BTreeSet::new(), &[])?,
            built => built?,
        };
        Ok(firewall)
    }

    fn unbuilt(capacity: u32, allowed: &[IpNetwork]) -> Result<Self, KernelError> {
        Ok(Self {
            socket: Socket::open()?,
            capacity,
            allowed: outermost(allowed),
            ownership: Ownership::Owned,
            written: Written::default(),
            intact_at: None,
        })
    }

    /// Makes the changes, the first ones before the later ones, in as few batches as the kernel takes.
    ///
    /// # Errors
    /// [`KernelError::Elements`] names what was refused, all the rest being applied; [`KernelError::Gone`] when
    /// the table must be rebuilt first.
    pub fn apply(&mut self, changes: &[Change]) -> Result<(), KernelError> {
        let (mut ops, mut refused) = operations(changes);
        // What is in a set that does not exist is not there.
        ops.retain(|op| op.verb == Verb::Add || self.written.has(op.set));
        self.write(&ops, Mode::Refresh, &mut refused)?;
        verdict(refused)
    }

    /// Throws away what is there and writes `elements` instead, together with the rules.
    ///
    /// The first batch, of about 5,000 elements, replaces the old table without a moment in which neither drops;
    /// the other elements follow. So for a table that is sound, [`Firewall::apply`] is the better way.
    ///
    /// # Errors
    /// As [`Firewall::open`] and [`Firewall::apply`].
    pub fn replace(&mut self, elements: &[Element]) -> Result<(), KernelError> {
        let (ops, mut refused) = additions(elements);
        let first = batches(&ops, Mode::Fresh, |_| false).first().map_or(0, |batch| batch.len());
        let (first, rest) = ops.split_at(first);
        let written = self.build(&BTreeSet::new(), first)?;
        let left = first.get(written..).unwrap_or_default();
        self.write(left, Mode::Fresh, &mut refused)?;
        self.write(rest, Mode::Fresh, &mut refused)?;
        verdict(refused)
    }

    /// Makes `networks` the ones that always pass, whatever is blocked.
    ///
    /// # Errors
    /// As [`Firewall::apply`]; then the former ones still pass.
    pub fn allow(&mut self, networks: &[IpNetwork]) -> Result<(), KernelError> {
        let networks = outermost(networks);
        let mut batch = self.socket.begin();
        say_allowed(&mut batch, &networks);
        self.commit(batch)?;
        self.allowed = networks;
        Ok(())
    }

    /// Whether the table is as it was written. Cheap while nobody changed any table: call it once a second.
    ///
    /// # Errors
    /// When the kernel cannot be asked.
    pub fn check(&mut self) -> Result<Health, KernelError> {
        let generation = self.socket.generation()?;
        if self.intact_at == Some(generation) {
            return Ok(Health::Intact);
        }
        if let Some(damage) = self.written.damage(&mut self.socket, Instant::now())? {
            return Ok(Health::Damaged(damage));
        }
        self.intact_at = Some(generation);
        Ok(Health::Intact)
    }

    /// Whether only this process can change the table.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.ownership == Ownership::Owned
    }

    /// Deletes the table and everything in it.
    ///
    /// # Errors
    /// When the kernel refuses; a table that is gone already is no error.
    pub fn remove(mut self) -> Result<(), KernelError> {
        let mut batch = self.socket.begin();
        batch.delete_table();
        match self.commit(batch) {
            Err(KernelError::Gone { .. }) => Ok(()),
            removed => removed,
        }
    }

    /// Deletes the table that an earlier process left, if there is one; whether there was.
    ///
    /// # Errors
    /// [`KernelError::AnotherOwner`] when a process still owns it, [`KernelError::NotPermitted`] without CAP_NET_ADMIN.
    pub fn discard() -> Result<bool, KernelError> {
        let mut left = Self::unbuilt(0, &[])?;
        match left.examine()? {
            Some(_) => left.remove().map(|()| true),
            None => Ok(false),
        }
    }

    /// Reads the table; an error when it belongs to somebody else.
    fn examine(&mut self) -> Result<Option<Table>, KernelError> {
        let table = self.socket.table()?;
        match table.and_then(|table| table.owner).filter(|port| *port != self.socket.port()) {
            Some(port) => Err(KernelError::AnotherOwner { port }),
            None => Ok(table),
        }
    }

    /// Builds the table with all its rules and the first of `ops`, keeping the sets in `kept` as they are;
    /// returns how many operations went in.
    fn build(&mut self, kept: &BTreeSet<SetId>, ops: &[Op]) -> Result<usize, KernelError> {
        let mut fits = ops.len();
        let mut exists = self.examine()?.is_some();
        self.ownership = Ownership::Owned;
        loop {
            let (first, _) = ops.split_at(fits);
            let (batch, sets) = self.say_table(exists, kept, first);
            match self.socket.commit(batch) {
                Ok(()) => {
                    let handle = self.examine()?.map(|table| table.handle);
                    self.written = Written::new(handle, sets);
                    self.written.note(first, Instant::now());
                    self.intact_at = None;
                    return Ok(fits);
                }
                Err(Failure::Broken(error)) => return Err(error),
                Err(Failure::Rejected(rejection)) => match (&rejection.subject, rejection.cause) {
                    (Rejected::Structure(Act::Create(_)), Cause::Unsupported)
                        if self.ownership == Ownership::Owned =>
                    {
                        self.ownership = Ownership::Plain;
                    }
                    (Rejected::Structure(Act::Delete(_)), Cause::Missing) if exists => exists = false,
                    (Rejected::Structure(_), cause) if cause != Cause::TooLarge || fits == 0 => {
                        return Err(self.explain(rejection));
                    }
                    // The rules matter most: elements that stand in their way come after.
                    _ => fits /= 2,
                },
            }
        }
    }

    /// The batch that builds the table, and the sets that are there afterwards.
    fn say_table(&self, exists: bool, kept: &BTreeSet<SetId>, ops: &[Op]) -> (Batch, BTreeSet<SetId>) {
        let mut batch = self.socket.begin();
        if exists && kept.is_empty() {
            batch.delete_table();
        }
        batch.create_table(self.ownership);
        if !kept.is_empty() {
            batch.delete_rules();
        }
        for family in Family::BOTH {
            batch.create_allowed(family);
        }
        for chain in Chain::BOTH {
            batch.create_chain(chain);
        }
        for set in kept {
            batch.drop_set(*set);
        }
        let mut sets = kept.clone();
        for scope in [Scope::All, Scope::Inbound] {
            for family in Family::BOTH {
                self.say_set(&mut batch, SetId::single(scope, family), &mut sets);
            }
        }
        say_allowed(&mut batch, &self.allowed);
        self.say_elements(&mut batch, ops, Mode::Fresh, &mut sets);
        (batch, sets)
    }

    /// Creates the set and the rule that looks into it, unless it is in `sets`.
    fn say_set(&self, batch: &mut Batch, set: SetId, sets: &mut BTreeSet<SetId>) {
        if sets.insert(set) {
            batch.create_set(set, self.capacity);
            batch.drop_set(set);
        }
    }

    fn say_elements(&self, batch: &mut Batch, ops: &[Op], mode: Mode, sets: &mut BTreeSet<SetId>) {
        let mut index = 0;
        for group in ops.chunk_by(|left, right| left.set == right.set && left.verb == right.verb) {
            let Some(Op { set, verb, .. }) = group.first().copied() else { continue };
            let items: Vec<Item> = group.iter().zip(index..).map(|(op, index)| op.item(index)).collect();
            index += items.len();
            self.say_set(batch, set, sets);
            batch.elements(set, Verb::Add, &items);
            if mode == Mode::Refresh {
                batch.elements(set, Verb::Remove, &items);
                if verb == Verb::Add {
                    batch.elements(set, Verb::Add, &items);
                }
            }
        }
    }

    /// Writes `ops`; adds to `refused` what the kernel does not take.
    fn write(&mut self, ops: &[Op], mode: Mode, refused: &mut Vec<Refusal>) -> Result<(), KernelError> {
        let mut work = Work::new(batches(ops, mode, |set| self.written.has(set)));
        while let Some(ops) = work.next() {
            let mut sets = self.written.sets();
            let mut batch = self.socket.begin();
            self.say_elements(&mut batch, ops, mode, &mut sets);
            match self.socket.commit(batch) {
                Ok(()) => self.written.note(ops, Instant::now()),
                Err(Failure::Broken(error)) => return Err(error),
                Err(Failure::Rejected(rejection)) => {
                    work.rejected(ops, rejection).map_err(|rejection| self.explain(rejection))?;
                }
            }
        }
        refused.extend(work.refused());
        Ok(())
    }

    fn commit(&mut self, batch: Batch) -> Result<(), KernelError> {
        self.socket.commit(batch).map_err(|failure| match failure {
            Failure::Broken(error) => error,
            Failure::Rejected(rejection) => self.explain(rejection),
        })
    }

    /// Why a whole batch was rejected, in terms of what its caller can do about it.
    fn explain(&mut self, rejection: Rejection) -> KernelError {
        let act = match &rejection.subject {
            Rejected::Structure(act) => act.clone(),
            Rejected::Element(_) | Rejected::SomeElement => Act::Commit,
        };
        match rejection.cause {
            Cause::Missing => KernelError::Gone { act },
            Cause::NotPermitted => match self.examine() {
                Err(error @ KernelError::AnotherOwner { .. }) => error,
                _ => KernelError::NotPermitted { act },
            },
            _ => KernelError::Structure(rejection.refusal(act)),
        }
    }
}

fn say_allowed(batch: &mut Batch, networks: &[IpNetwork]) {
    for family in Family::BOTH {
        let ours: Vec<IpNetwork> =
            networks.iter().copied().filter(|network| Family::of(*network) == family).collect();
        batch.replace_allowed(family, &ours);
    }
}

fn verdict(refused: Vec<Refusal>) -> Result<(), KernelError> {
    if refused.is_empty() { Ok(()) } else { Err(KernelError::Elements(refused)) }
}
