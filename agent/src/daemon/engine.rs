//! The decisions of the daemon, without any I/O: inputs and `now` go in, an [`Outcome`] comes out.

mod manual;
mod peers;
mod upkeep;

pub use manual::Order;

use std::sync::Arc;

use ipnetwork::IpNetwork;
use jiff::Timestamp;

use crate::{
    blocks::{BlockSet, Change, Escalation, Offenders},
    detect::{Detection, Detector, Hit},
    domain::{LogId, Origin, Reason, SourceClass},
    guard::{Guard, Guarded, Refused, Rule},
    record::Record,
    trust::Policy,
};

/// What a decision asks the world to do.
#[derive(Debug, Default)]
#[must_use]
pub struct Outcome {
    /// For the kernel.
    pub changes: Vec<Change>,
    /// For the database.
    pub records: Vec<Record>,
    /// Attackers that this agent detected itself and should report.
    pub detections: Vec<Detection>,
    /// Networks that are blocked now because of this input.
    pub blocked: Vec<IpNetwork>,
    /// What was not let through, and by which rule.
    pub refused: Vec<Refused>,
}

/// What the engine goes by besides what it is told.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How long blocks last, and how much longer those of who attacked before.
    pub escalation: Escalation,
    /// How many networks may be blocked at once.
    pub capacity: usize,
    /// Prefix length by which IPv6 attackers are blocked.
    pub ipv6_prefix: u8,
    /// What other peers' posts may do.
    pub policy: Policy,
}

impl Rules {
    /// How many networks may be blocked at once on the word of peers alone: half of what fits, so that they never crowd
    /// out what this agent detects itself.
    #[must_use]
    pub fn capacity_of_peers(&self) -> usize {
        self.capacity / 2
    }
}

/// Guard, detector and blocks: the agent's whole opinion.
#[derive(Debug)]
pub struct Engine {
    rules: Rules,
    guard: Guard,
    detector: Detector,
    blocks: BlockSet,
    offenders: Offenders,
    /// The origin of what the operator ordered last.
    last_order: Arc<Origin>,
}

impl Engine {
    /// An engine that blocks nothing yet.
    #[must_use]
    pub fn new(rules: Rules, guard: Guard, detector: Detector, blocks: BlockSet) -> Self {
        let offenders = Offenders::new(rules.escalation);
        let last_order = Arc::new(Origin::Manual { comment: String::new() });
        Self { rules, guard, detector, blocks, offenders, last_order }
    }

    /// The guard.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// The blocks in force.
    #[must_use]
    pub fn blocks(&self) -> &BlockSet {
        &self.blocks
    }

    /// Who attacked before.
    #[must_use]
    pub fn offenders(&self) -> &Offenders {
        &self.offenders
    }

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Addresses that are being counted.
    #[must_use]
    pub fn tracked(&self) -> usize {
        self.detector.tracked()
    }

    /// Counts a hostile event.
    pub fn observe(&mut self, hit: Hit, now: Timestamp, outcome: &mut Outcome) {
        let Some(detection) = self.detector.observe(hit) else { return };
        let network = detection.network;
        let guarded = match self.admit(network, SourceClass::Local) {
            Ok(guarded) => guarded,
            Err(refused) => return outcome.refused.push(refused),
        };
        let blocked = self.blocks.end(network, now);
        let Some(sentence) = self.offenders.judge(network, detection.last, now, blocked) else { return };
        let log = self.log_of(network);
        let origin =
            Origin::Local { detector: detection.detector(), service: detection.service.as_str().to_owned() };
        let until = sentence.until;
        let reason = Reason { origin: Arc::new(origin), events: detection.events, log, since: now, until };
        self.block(guarded, reason, outcome);
        outcome.records.push(Record::Offence(network, sentence.offence));
        outcome.records.extend(sentence.forgotten.map(Record::OffenceForgotten));
        // One whose log could not be written is reported when it attacks again.
        if log.is_none() {
            outcome.detections.push(detection);
        }
    }

    /// Notes which log proves this agent's own block of `network`.
    pub fn attach_log(&mut self, network: IpNetwork, stored: LogId) -> Outcome {
        let mut outcome = Outcome::default();
        let reasons = self.blocks.get(network).map(|block| block.reasons).unwrap_or_default();
        for mut reason in reasons {
            if reason.origin.class() == SourceClass::Local
                && reason.log != Some(stored)
                && let Ok(guarded) = self.guard.check(network, SourceClass::Local)
            {
                reason.log = Some(stored);
                self.block(guarded, reason, &mut outcome);
            }
        }
        // It was blocked before, and said so then.
        outcome.blocked.clear();
        outcome
    }

    /// The log that proves this agent's own block of `network`.
    fn log_of(&self, network: IpNetwork) -> Option<LogId> {
        self.blocks.get(network)?.reasons.iter().find_map(|reason| reason.log)
    }

    /// Asks the guard, and whether there is room.
    fn admit(&self, network: IpNetwork, class: SourceClass) -> Result<Guarded, Refused> {
        let guarded = self.guard.check(network, class)?;
        let network = guarded.network();
        let (all, of_peers) = (self.rules.capacity, self.rules.capacity_of_peers());
        let is_full = self.blocks.len() >= all;
        let is_full_of_peers = class == SourceClass::Peer && self.blocks.count(SourceClass::Peer) >= of_peers;
        if !(is_full || is_full_of_peers) || self.blocks.contains(network) {
            return Ok(guarded);
        }
        let rule = if is_full { Rule::Full(all) } else { Rule::TooMany(of_peers) };
        Err(Refused { network, rule })
    }

    fn block(&mut self, guarded: Guarded, reason: Reason, outcome: &mut Outcome) {
        let network = guarded.network();
        let origin = Arc::clone(&reason.origin);
        let (changes, dropped) = self.blocks.add(guarded, reason);
        outcome.changes.extend(changes);
        outcome.blocked.push(network);
        let merged = self
            .blocks
            .get(network)
            .and_then(|block| block.reasons.into_iter().find(|reason| reason.origin == origin));
        outcome.records.extend(merged.map(|reason| Record::Reason(network, reason)));
        outcome.records.extend(dropped.map(Record::from));
    }

    /// Notes that the block of `network` is another one: as long as it stands, none of its strikes is forgiven.
    fn note_offence(&mut self, network: IpNetwork, now: Timestamp, outcome: &mut Outcome) {
        let until = self.blocks.end(network, now).unwrap_or(now);
        let changed = self.offenders.block_changed(network, until, now);
        outcome.records.extend(changed.map(|offence| Record::Offence(network, offence)));
    }
}

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
