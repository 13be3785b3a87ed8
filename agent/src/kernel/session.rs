//! Writing elements: batch by batch, until each is in the kernel or known to be refused.

use std::collections::BTreeSet;
use std::time::Instant;

use ipnetwork::IpNetwork;

use super::error::{Act, Cause, KernelError, Refusal};
use super::health::Written;
use super::nft::{Batch, Failure, Item, Ownership, Rejected, Rejection, Role, SetId, Socket, Table, Verb};
use super::plan::{Mode, Op, Plan, batches, gates, is_open};
use super::work::Work;
use super::{Lacking, Options};

/// The socket that owns the table, and how sets are made over it.
pub(super) struct Session {
    pub(super) socket: Socket,
    pub(super) options: Options,
    pub(super) ownership: Ownership,
    /// What we do without although the kernel may have it.
    pub(super) lacking: Lacking,
}

impl Session {
    pub(super) fn open(options: Options, lacking: Lacking) -> Result<Self, KernelError> {
        let socket = Socket::open()?;
        if let Some(bytes) = lacking.send_buffer {
            socket.limit(bytes)?;
        }
        Ok(Self { socket, options, ownership: Ownership::Owned, lacking })
    }

    /// Reads the table; an error when it belongs to somebody else.
    pub(super) fn examine(&mut self) -> Result<Option<Table>, KernelError> {
        let table = self.socket.table()?;
        match table.and_then(|table| table.owner).filter(|port| *port != self.socket.port()) {
            Some(port) => Err(KernelError::AnotherOwner { port }),
            None => Ok(table),
        }
    }

    /// Deletes the table and everything in it; one that is gone already is no error.
    pub(super) fn delete_table(&mut self) -> Result<(), KernelError> {
        let mut batch = self.socket.begin();
        batch.delete_table();
        match self.commit(batch) {
            Err(KernelError::Gone { .. }) => Ok(()),
            deleted => deleted,
        }
    }

    /// Writes what `plan` adds, opening the gates in front of it first; returns what is refused.
    pub(super) fn add(
        &mut self,
        written: &mut Written,
        plan: &mut Plan,
        mode: Mode,
    ) -> Result<(), KernelError> {
        let gates = self.closed_gates(written, gates(&plan.adds))?;
        let mut shut = Vec::new();
        self.write(written, &gates, Mode::Refresh, &mut shut)?;
        if let Some(Refusal { cause, words, .. }) = shut.first().cloned() {
            // Nobody is looked for behind a gate that is shut.
            let shut: BTreeSet<IpNetwork> = shut.iter().filter_map(|refusal| refusal.act.network()).collect();
            plan.adds.retain(|op| {
                let hopeless = op.gate().is_some_and(|gate| shut.contains(&gate));
                plan.refused.extend(hopeless.then(|| op.refusal(cause, words.clone())));
                !hopeless
            });
        }
        self.write(written, &plan.adds, mode, &mut plan.refused)
    }

    /// Those of `gates` that the kernel does not hold for long enough. It is asked, so that nobody must remember.
    fn closed_gates(&mut self, written: &Written, gates: Vec<Op>) -> Result<Vec<Op>, KernelError> {
        let mut closed = Vec::new();
        for gate in gates {
            let held = match written.has(gate.set) {
                true => self.socket.element(gate.set, gate.network.network())?,
                false => None,
            };
            if !held.is_some_and(|held| is_open(&held, &gate)) {
                closed.push(gate);
            }
        }
        Ok(closed)
    }

    /// Writes `ops`; adds to `refused` what the kernel does not take.
    pub(super) fn write(
        &mut self,
        written: &mut Written,
        ops: &[Op],
        mode: Mode,
        refused: &mut Vec<Refusal>,
    ) -> Result<(), KernelError> {
        let mut work = Work::new(batches(ops, mode, |set| written.has(set)));
        while let Some(ops) = work.next() {
            let mut batch = self.socket.begin();
            let new: BTreeSet<SetId> = ops.iter().map(|op| op.set).filter(|set| !written.has(*set)).collect();
            self.say_new_sets(&mut batch, &new, written.live);
            say_elements(&mut batch, ops, mode);
            match self.socket.commit(batch) {
                Ok(()) => {
                    written.note_sets(new.iter().copied());
                    written.note(ops, Instant::now());
                    if written.live && !new.is_empty() {
                        written.note_rules_into(&new, &self.socket.rules()?);
                    }
                }
                Err(Failure::Broken(error)) => return Err(error),
                Err(Failure::Rejected(rejection)) => {
                    work.rejected(ops, rejection).map_err(|rejection| self.explain(rejection))?;
                }
            }
        }
        refused.extend(work.refused());
        Ok(())
    }

    /// Creates these sets, and the rules that look into them when packets are to meet them at once.
    pub(super) fn say_new_sets(&self, batch: &mut Batch, sets: &BTreeSet<SetId>, live: bool) {
        for set in sets {
            batch.create_set(*set, self.options.counters);
        }
        if live {
            say_rules(batch, sets);
        }
    }

    pub(super) fn commit(&mut self, batch: Batch) -> Result<(), KernelError> {
        self.socket.commit(batch).map_err(|failure| match failure {
            Failure::Broken(error) => error,
            Failure::Rejected(rejection) => self.explain(rejection),
        })
    }

    /// Why a whole batch was rejected, in terms of what its caller can do about it.
    pub(super) fn explain(&mut self, rejection: Rejection) -> KernelError {
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

/// The rules that look into these sets; chains come before the rules that jump to them or stand in them.
pub(super) fn say_rules(batch: &mut Batch, sets: &BTreeSet<SetId>) {
    for gate in sets.iter().filter(|set| set.role == Role::Gate) {
        batch.create_band(*gate);
    }
    for set in sets {
        batch.look_into(*set);
    }
}

/// The elements themselves; refusals name them by their index in `ops`.
pub(super) fn say_elements(batch: &mut Batch, ops: &[Op], mode: Mode) {
    let mut index = 0;
    for group in ops.chunk_by(|left, right| left.set == right.set && left.verb == right.verb) {
        let Some(Op { set, verb, .. }) = group.first().copied() else { continue };
        let items: Vec<Item> = group.iter().zip(index..).map(|(op, index)| op.item(index)).collect();
        index += items.len();
        batch.elements(set, Verb::Add, &items);
        if mode == Mode::Refresh {
            batch.elements(set, Verb::Remove, &items);
            if verb == Verb::Add {
                batch.elements(set, Verb::Add, &items);
            }
        }
    }
}
