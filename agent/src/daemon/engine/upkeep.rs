//! What was decided, kept true: after a restart, when time passes, and when something that it rested on is gone.

use std::collections::BTreeSet;

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use super::{Engine, Outcome};
use crate::{
    blocks::{Gone, Population},
    domain::{Offence, Origin, Reason, SourceClass},
    guard::{Protected, Refused},
    record::{ClockStep, Record},
};

/// Networks that are forgotten in one decision, so that others need not wait long.
const AT_ONCE: usize = 10_000;
/// Further apart the kernel's clock and the agent's are not when both are right.
const SOON: SignedDuration = SignedDuration::from_secs(2);
/// What ended so lately may not have been forgotten yet, and moves with the clock as what is in force.
const LATELY: SignedDuration = SignedDuration::from_mins(1);
/// The rule that holds for all classes is named before the one that holds for peers.
const CLASSES: [SourceClass; 3] = [SourceClass::Local, SourceClass::Manual, SourceClass::Peer];

impl Engine {
    /// Takes back what was decided before a restart. The guard is asked again: addresses may have changed meanwhile.
    /// Whether there is room was asked when it was decided, and it was promised to last.
    ///
    /// # Errors
    /// When the network may not be blocked any more.
    pub fn restore(&mut self, network: IpNetwork, reason: Reason) -> Result<(), Refused> {
        let guarded = self.guard.check(network, reason.origin.class())?;
        // The caller rebuilds the kernel from the whole set.
        let _ = self.blocks.add(guarded, reason);
        Ok(())
    }

    /// Takes back what counted as ended at the start, by a clock that was ahead and has been set back since: those of
    /// the `remembered` reasons that are not in force and have not ended by `now`.
    pub fn bring_back(&mut self, remembered: Vec<(IpNetwork, Reason)>, now: Timestamp) -> Outcome {
        let mut outcome = Outcome::default();
        for (network, reason) in remembered {
            if reason.until <= now || self.is_in_force(network, &reason.origin) {
                continue;
            }
            match self.guard.check(network, reason.origin.class()) {
                Ok(guarded) => self.block(guarded, reason, &mut outcome),
                Err(_) => outcome.records.push(Record::ReasonGone(network, reason.origin)),
            }
        }
        outcome
    }

    /// Forgets those of the `remembered` reasons that are not in force: they ended while no agent ran.
    pub fn forget(&self, remembered: Vec<(IpNetwork, Reason)>) -> Outcome {
        let gone =
            remembered.into_iter().filter(|(network, reason)| !self.is_in_force(*network, &reason.origin));
        let records = gone.map(|(network, reason)| Record::ReasonGone(network, reason.origin)).collect();
        Outcome { records, ..Outcome::default() }
    }

    fn is_in_force(&self, network: IpNetwork, origin: &Origin) -> bool {
        let block = self.blocks.get(network);
        block.is_some_and(|block| block.reasons.iter().any(|reason| *reason.origin == *origin))
    }

    /// Takes back how networks behaved before a restart, once their blocks are back.
    pub fn restore_offences(&mut self, mut offences: Vec<(IpNetwork, Offence)>) {
        // An earlier version noted only when a block ended that an attack had brought.
        for (network, offence) in &mut offences {
            let end = self.blocks.end(*network, offence.until);
            offence.until = end.unwrap_or(offence.until);
        }
        // Whose block ended first is forgotten first.
        offences.sort_unstable_by_key(|(_, offence)| offence.until);
        for (network, offence) in offences {
            // The database holds no more of them than the engine did.
            let _ = self.offenders.restore(network, offence);
        }
    }

    /// Forgets what has run out, as far as it can be done without keeping others waiting: addresses that have been
    /// silent for a whole window, reasons that have ended, and what is forgiven. Call it until it has nothing to do.
    pub fn expire(&mut self, now: Timestamp) -> Outcome {
        self.detector.forget_silent(now);
        self.docket.forget(now);
        let ended = self.blocks.expire(now, AT_ONCE).into_iter().map(Record::from);
        let forgiven = self.offenders.forget(now, AT_ONCE).into_iter().map(Record::OffenceForgotten);
        Outcome { records: ended.chain(forgiven).collect(), ..Outcome::default() }
    }

    /// How many elements each of the kernel's sets must hold: those that end soon are left out, since the kernel's
    /// clock is another one. Nothing when so many end at once that counting them would keep others waiting.
    pub fn population(&mut self, now: Timestamp) -> Vec<Population> {
        let soon = now.saturating_add(SOON).unwrap_or(now);
        self.blocks.population(soon, AT_ONCE).unwrap_or_default()
    }

    /// The wall clock was set by so much: what was to last four hours lasts four hours, and the kernel's own timers
    /// still agree. Gives back what to remember of it; `was` is the time until then.
    pub fn clock_set(&mut self, by: SignedDuration, was: Timestamp) -> Record {
        self.detector.clock_set(by);
        self.blocks.clock_set(by);
        self.offenders.clock_set(by);
        self.docket.clock_set(by);
        Record::ClockSet(ClockStep { by, alive: was.saturating_sub(LATELY).unwrap_or(was) })
    }

    /// Takes note of what is protected now, and lets go of it: of a network that only a peer's word cannot block, the
    /// peers' reasons; of others, all.
    pub fn protect(&mut self, protected: Protected, now: Timestamp) -> Outcome {
        let mut outcome = Outcome::default();
        let concerned: BTreeSet<IpNetwork> =
            self.guard.protect(protected).into_iter().flat_map(|new| self.blocks.overlapping(new)).collect();
        for network in concerned {
            let refusals: Vec<(SourceClass, Refused)> = CLASSES
                .into_iter()
                .filter_map(|class| Some((class, self.guard.check(network, class).err()?)))
                .collect();
            let goes = |origin: &Origin| refusals.iter().any(|(class, _)| *class == origin.class());
            let before = outcome.records.len();
            self.take_back(network, goes, &mut outcome);
            if outcome.records.len() > before {
                self.note_offence(network, now, &mut outcome);
                outcome.refused.extend(refusals.into_iter().next().map(|(_, refused)| refused));
            }
        }
        outcome
    }

    /// Takes back reasons of one network.
    pub(super) fn take_back(
        &mut self,
        network: IpNetwork,
        goes: impl Fn(&Origin) -> bool,
        outcome: &mut Outcome,
    ) {
        let (changes, gone) = self.blocks.retract(network, goes);
        outcome.changes.extend(changes);
        outcome.records.extend(gone.into_iter().map(Record::from));
    }
}

impl From<Gone> for Record {
    fn from(gone: Gone) -> Self {
        match gone {
            Gone::Block(network) => Self::BlockGone(network),
            Gone::Reason(network, origin) => Self::ReasonGone(network, origin),
        }
    }
}
