//! The table as a whole: made, adopted, or exchanged for another under way.
//!
//! The base chains of a sound table are never deleted, because a packet between two chains could slip through. One
//! batch deletes their rules and the old sets, and writes the new rules; the kernel switches to it between two packets
//! of a chain. More elements than one batch takes are filled into sets of the other side before, while the old ones
//! drop. So whatever fails on the way leaves the old ones dropping.

use std::collections::BTreeSet;
use std::time::Instant;

use super::error::{Act, Cause, KernelError, Refusal};
use super::health::Written;
use super::nft::{
    Batch, Chain, Failure, Family, Ownership, Rejected, Rejection, Role, SetId, Side, Table, band_chain,
};
use super::plan::{Mode, Op, Plan, batches, gates};
use super::session::{say_elements, say_rules};
use super::{Element, Firewall, Scope};

/// Elements that are planned together while a table is filled: a batch of IPv4 addresses.
const PIECE: usize = 5_000;
/// So often a replacement begins anew because somebody deleted the table in the middle of it.
const RENEWALS: usize = 2;
/// So often a batch is tried again that the transaction of another program made stale.
const ATTEMPTS: usize = 50;
/// After so many of them it is sent whatever others change meanwhile: what it then gets wrong, the next check finds.
const PATIENCE: usize = 25;

/// What is in the kernel.
struct Survey {
    /// The generation of the ruleset that was surveyed.
    generation: u32,
    table: Option<Table>,
    /// The side into which the rules look.
    side: Side,
    /// Of both sides.
    sets: BTreeSet<SetId>,
    chains: Vec<String>,
}

impl Survey {
    /// The sets that drop, as far as this version knows how to look into them.
    fn live(&self) -> impl Iterator<Item = SetId> {
        self.sets
            .iter()
            .copied()
            .filter(|set| set.side == self.side && set.gate().is_none_or(|gate| self.sets.contains(&gate)))
    }
}

impl Firewall {
    /// Makes the table, or adopts the one that is there with all its elements.
    pub(super) fn establish(&mut self) -> Result<(), KernelError> {
        let survey = self.survey()?;
        let live = Written::new(survey.side, survey.live());
        self.raise(live, &[]).map(drop)
    }

    /// Replaces everything by `elements`.
    pub(super) fn renew(&mut self, elements: &[Element]) -> Result<(), KernelError> {
        let started = Instant::now();
        for _ in 0..RENEWALS {
            match self.try_renew(elements, started) {
                // Somebody deleted the table or a part of it in the middle of the work.
                Err(KernelError::Gone { act }) => tracing::debug!("{act}: it is gone; beginning anew"),
                renewed => return renewed,
            }
        }
        self.try_renew(elements, started)
    }

    fn try_renew(&mut self, elements: &[Element], started: Instant) -> Result<(), KernelError> {
        if elements.len() <= PIECE && self.renew_at_once(elements)? {
            return Ok(());
        }
        let survey = self.survey()?;
        if survey.table.is_none() || self.untouched {
            // Nothing drops that could be lost meanwhile.
            self.raise(Written::new(Side::First, []), &[])?;
            self.untouched = false;
            return verdict(self.fill(None, elements, started)?);
        }
        let side = survey.side.other();
        let left_over: Vec<SetId> = survey.sets.iter().copied().filter(|set| set.side == side).collect();
        if !left_over.is_empty() {
            let mut batch = self.session.socket.begin();
            left_over.into_iter().for_each(|set| batch.delete_set(set));
            self.session.commit(batch)?;
        }
        let mut filling = Written::new(side, []);
        let refused = self.fill(Some(&mut filling), elements, started)?;
        match self.raise(filling, &[])? {
            Outcome::Kept => verdict(refused),
            Outcome::MadeAnew => verdict(self.fill(None, elements, started)?),
        }
    }

    /// Replaces everything in one batch; `false` when it does not fit into one, or an element would be refused.
    fn renew_at_once(&mut self, elements: &[Element]) -> Result<bool, KernelError> {
        let mut plan = Plan::writing(elements, 0, Side::First);
        let mut ops = gates(&plan.adds);
        ops.append(&mut plan.adds);
        if batches(&ops, Mode::Fresh, |_| false).len() > 1 {
            return Ok(false);
        }
        match self.raise(Written::new(Side::First, []), &ops) {
            Err(KernelError::Elements(_)) => Ok(false),
            raised => raised.and_then(|_| verdict(plan.refused)).map(|()| true),
        }
    }

    /// Writes `elements` into sets that packets do not meet yet, or else into those that they do.
    fn fill(
        &mut self,
        filling: Option<&mut Written>,
        elements: &[Element],
        started: Instant,
    ) -> Result<Vec<Refusal>, KernelError> {
        let written = filling.unwrap_or(&mut self.written);
        let mut refused = Vec::new();
        for piece in elements.chunks(PIECE) {
            let elapsed = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            let mut plan = Plan::writing(piece, elapsed, written.side);
            self.session.add(written, &mut plan, Mode::Fresh)?;
            refused.append(&mut plan.refused);
        }
        Ok(refused)
    }

    fn survey(&mut self) -> Result<Survey, KernelError> {
        let generation = self.session.socket.generation()?;
        let table = self.session.examine()?;
        let side = Side::looked_into(&self.session.socket.rules()?);
        let sets = self.session.socket.sets()?.into_iter().map(|present| present.set).collect();
        Ok(Survey { generation, table, side, sets, chains: self.session.socket.chains()? })
    }

    /// Makes the sets in `kept`, which are filled already, and `ops` the only ones that drop, in one batch.
    fn raise(&mut self, mut kept: Written, ops: &[Op]) -> Result<Outcome, KernelError> {
        self.session.ownership =
            if self.session.lacking.ownership { Ownership::Plain } else { Ownership::Owned };
        let (mut anew, mut lost, mut attempts) = (false, false, 0);
        loop {
            let survey = self.survey()?;
            // Nothing in it drops; made anew, it is ours where kernels have owners.
            anew |= survey.sets.is_empty();
            let (batch, sets) = self.say_table(&survey, anew, attempts < PATIENCE, &kept, ops);
            match self.session.socket.commit(batch) {
                Ok(()) => {
                    kept.note_sets(sets);
                    kept.note(ops, Instant::now());
                    kept.live = true;
                    self.untouched = survey.table.is_none() && ops.is_empty();
                    self.written = kept;
                    self.intact_at = None;
                    self.written.table = self.session.examine()?;
                    self.written.note_rules(self.session.socket.rules()?);
                    self.written.note_allowed(&self.allowed, &mut self.session.socket)?;
                    return Ok(if lost { Outcome::MadeAnew } else { Outcome::Kept });
                }
                Err(Failure::Broken(error)) => return Err(error),
                Err(Failure::Rejected(rejection)) => match self.next(&rejection, &survey, anew, ops) {
                    Next::Again if attempts < ATTEMPTS => {
                        attempts += 1;
                        tracing::debug!("{}", rejection.refusal(Act::Commit));
                    }
                    Next::Plain => self.session.ownership = Ownership::Plain,
                    Next::Anew => {
                        (anew, lost) = (true, true);
                        kept = Written::new(kept.side, []);
                    }
                    Next::Elements => return Err(KernelError::Elements(Vec::new())),
                    Next::Again | Next::GiveUp => return Err(self.session.explain(rejection)),
                },
            }
        }
    }

    fn next(&self, rejection: &Rejection, survey: &Survey, anew: bool, ops: &[Op]) -> Next {
        match (&rejection.subject, rejection.cause) {
            (_, Cause::Stale | Cause::Overrun) => Next::Again,
            (Rejected::Structure(Act::Commit), Cause::TooLarge) if !ops.is_empty() => Next::Elements,
            (Rejected::Structure(Act::Create(_)), Cause::Unsupported)
                if self.session.ownership == Ownership::Owned =>
            {
                Next::Plain
            }
            (Rejected::Element(_) | Rejected::SomeElement, _) => Next::Elements,
            // What is there is not what this version makes, so that it can only be made anew.
            (Rejected::Structure(_), Cause::Exists | Cause::Unsupported | Cause::Other(_))
                if survey.table.is_some() && !anew =>
            {
                Next::Anew
            }
            _ => Next::GiveUp,
        }
    }

    /// The batch that brings the table about, and the sets that are there afterwards.
    fn say_table(
        &self,
        survey: &Survey,
        anew: bool,
        patient: bool,
        kept: &Written,
        ops: &[Op],
    ) -> (Batch, BTreeSet<SetId>) {
        let mut batch = match patient {
            true => self.session.socket.begin_at(survey.generation),
            false => self.session.socket.begin(),
        };
        let mut sets = kept.sets();
        let mut new: BTreeSet<SetId> = ops.iter().map(|op| op.set).collect();
        for scope in [Scope::All, Scope::Inbound] {
            new.extend(Family::BOTH.map(|family| SetId::single(scope, family, kept.side)));
        }
        new.retain(|set| !sets.contains(set));
        if anew && survey.table.is_some() {
            batch.delete_table();
        }
        batch.create_table(self.session.ownership);
        if !anew && survey.table.is_some() {
            say_clearance(&mut batch, survey, &sets, &new);
        }
        for family in Family::BOTH {
            batch.create_allowed(family);
        }
        for chain in Chain::BOTH {
            batch.create_chain(chain);
        }
        self.session.say_new_sets(&mut batch, &new, false);
        sets.extend(new);
        say_rules(&mut batch, &sets);
        self.say_allowed(&mut batch);
        say_elements(&mut batch, ops, Mode::Fresh);
        (batch, sets)
    }
}

/// How a table was raised.
enum Outcome {
    /// With the elements of the sets that were to be kept.
    Kept,
    /// Without them: what was there was not what this version makes.
    MadeAnew,
}

/// What becomes of a rejected batch.
enum Next {
    Again,
    Plain,
    Anew,
    Elements,
    GiveUp,
}

/// Deletes the rules, and the sets and chains that are not needed any longer.
fn say_clearance(batch: &mut Batch, survey: &Survey, kept: &BTreeSet<SetId>, new: &BTreeSet<SetId>) {
    batch.delete_rules();
    for set in survey.sets.difference(kept) {
        batch.delete_set(*set);
    }
    let gates = kept.union(new).filter(|set| set.role == Role::Gate);
    let needed: BTreeSet<String> =
        gates.map(|gate| band_chain(*gate)).chain(Chain::BOTH.map(|chain| chain.name().to_owned())).collect();
    for chain in survey.chains.iter().filter(|chain| !needed.contains(*chain)) {
        batch.delete_chain(chain);
    }
}

/// All is well unless something was refused.
pub(super) fn verdict(refused: Vec<Refusal>) -> Result<(), KernelError> {
    if refused.is_empty() { Ok(()) } else { Err(KernelError::Elements(refused)) }
}
