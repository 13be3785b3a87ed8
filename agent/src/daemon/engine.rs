//! The decisions of the daemon, without any I/O: inputs and `now` go in, an [`Outcome`] comes out.

mod local;
mod manual;
mod peers;
mod upkeep;

pub use manual::Order;

use std::{mem, sync::Arc};

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use crate::{
    blocks::{BlockSet, Change, Escalation, Offenders},
    detect::{Detection, Detector},
    domain::{Origin, PostId, Reason, SourceClass},
    guard::{Guard, Guarded, Refused, Rule},
    record::Record,
    trust::{Dispute, Docket, Event, Policy},
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
    /// What happened on which trust depends, in its order.
    pub events: Vec<Event>,
    /// Posts that have earned a like.
    pub likes: Vec<PostId>,
    /// Posts that this agent contradicts, and why.
    pub disputes: Vec<(PostId, Dispute)>,
}

/// What the engine goes by besides what it is told.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How long blocks last, and how much longer those of who attacked before.
    pub escalation: Escalation,
    /// How long a block lasts whose source is only claimed.
    pub claimed_for: SignedDuration,
    /// How many networks may be blocked at once.
    pub capacity: usize,
    /// Prefix length by which IPv6 attackers are blocked.
    pub ipv6_prefix: u8,
}

impl Rules {
    /// How many networks may be blocked at once on the word of peers alone: half of what fits, so that they never crowd
    /// out what this agent detects itself.
    #[must_use]
    pub fn capacity_of_peers(&self) -> usize {
        self.capacity / 2
    }
}

/// Guard, detector, blocks and docket: the agent's whole opinion.
#[derive(Debug)]
pub struct Engine {
    rules: Rules,
    guard: Guard,
    detector: Detector,
    blocks: BlockSet,
    offenders: Offenders,
    docket: Docket,
    /// The origin of what the operator ordered last.
    last_order: Arc<Origin>,
}

impl Engine {
    /// An engine that blocks nothing yet.
    #[must_use]
    pub fn new(rules: Rules, guard: Guard, detector: Detector, blocks: BlockSet, docket: Docket) -> Self {
        let offenders = Offenders::new(rules.escalation);
        let last_order = Arc::new(Origin::Manual { comment: String::new() });
        Self { rules, guard, detector, blocks, offenders, docket, last_order }
    }

    /// Goes on with what another engine has seen, by its own settings.
    pub fn resume(&mut self, seen: Detector) {
        self.detector = seen.going_by(self.detector.settings().clone());
    }

    /// What it has seen, for an engine that takes its place; it has seen nothing then.
    #[must_use]
    pub fn hand_on(&mut self) -> Detector {
        let unseeing = Detector::new(self.detector.settings().clone());
        mem::replace(&mut self.detector, unseeing)
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

    /// Who says what about whom.
    #[must_use]
    pub fn docket(&self) -> &Docket {
        &self.docket
    }

    /// What other peers' posts may do.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        self.docket.policy()
    }

    /// Addresses that are being counted.
    #[must_use]
    pub fn tracked(&self) -> usize {
        self.detector.tracked()
    }

    /// Asks the guard, and whether there is room.
    fn admit(&self, network: IpNetwork, class: SourceClass) -> Result<Guarded, Refused> {
        self.admit_among(network, class, self.rules.capacity)
    }

    /// The same where no more than `all` networks may be blocked.
    fn admit_among(&self, network: IpNetwork, class: SourceClass, all: usize) -> Result<Guarded, Refused> {
        let guarded = self.guard.check(network, class)?;
        let network = guarded.network();
        let of_peers = self.rules.capacity_of_peers();
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
