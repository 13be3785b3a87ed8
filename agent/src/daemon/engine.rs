//! The decisions of the daemon, without any I/O: inputs and `now` go in, an [`Outcome`] comes out.

use std::{collections::BTreeSet, sync::Arc};

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use crate::{
    blocks::{BlockSet, Change},
    detect::{Detection, Detector, FAILED_LOGIN, Hit, network_of},
    domain::{Block, LogId, MaliciousLog, Origin, Post, Reason, SourceClass},
    evidence::{Attacker, Verified},
    guard::{Guard, Guarded, Refused, Rule},
    record::Record,
    trust::{Belief, Policy},
};

/// Networks that are blocked in all before peers can add no more: their word must not fill the kernel's sets.
const MAX_WITH_PEERS: usize = 100_000;

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
    /// What the guard did not let through.
    pub refused: Vec<Refused>,
}

/// What the engine goes by besides what it is told.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How long a local or a peer's block lasts.
    pub block_for: SignedDuration,
    /// Prefix length by which IPv6 attackers are blocked.
    pub ipv6_prefix: u8,
    /// What other peers' posts may do.
    pub policy: Policy,
}

/// Guard, detector and blocks: the agent's whole opinion.
#[derive(Debug)]
pub struct Engine {
    rules: Rules,
    guard: Guard,
    detector: Detector,
    blocks: BlockSet,
}

impl Engine {
    /// An engine that blocks nothing yet.
    #[must_use]
    pub fn new(rules: Rules, guard: Guard, detector: Detector, blocks: BlockSet) -> Self {
        Self { rules, guard, detector, blocks }
    }

    /// The guard, to be told what is protected now.
    pub fn guard_mut(&mut self) -> &mut Guard {
        &mut self.guard
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

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Forgets addresses that have been silent for a whole window.
    pub fn forget_silent(&mut self, now: Timestamp) {
        self.detector.forget_silent(now);
    }

    /// Addresses that are being counted.
    #[must_use]
    pub fn tracked(&self) -> usize {
        self.detector.tracked()
    }

    /// Takes back what was decided before a restart. The guard is asked again: addresses may have changed meanwhile.
    pub fn restore(&mut self, network: IpNetwork, reason: Reason) -> Result<(), Refused> {
        let guarded = self.guard.check(network, reason.origin.class())?;
        // The caller rebuilds the kernel from the whole set.
        let _ = self.blocks.add(guarded, reason);
        Ok(())
    }

    /// Counts a hostile event.
    pub fn observe(&mut self, hit: Hit, now: Timestamp, outcome: &mut Outcome) {
        let Some(detection) = self.detector.observe(hit) else { return };
        let until = detection.last.saturating_add(self.rules.block_for).unwrap_or(Timestamp::MAX);
        if until <= now {
            return;
        }
        let log = self.log_of(detection.network);
        let origin =
            Origin::Local { detector: detection.detector(), service: detection.service.as_str().to_owned() };
        let reason = Reason { origin: Arc::new(origin), events: detection.events, log, since: now, until };
        match self.guard.check(detection.network, SourceClass::Local) {
            Ok(guarded) => {
                self.block(guarded, reason, outcome);
                // One whose log could not be written is reported when it attacks again.
                if log.is_none() {
                    outcome.detections.push(detection);
                }
            }
            Err(refused) => outcome.refused.push(refused),
        }
    }

    /// Blocks whom a verified log accuses strongly enough.
    pub fn accuse(
        &mut self,
        log: &Verified<MaliciousLog>,
        post: &Post,
        belief: &Belief,
        now: Timestamp,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let until = post.timestamp.saturating_add(self.rules.block_for).unwrap_or(Timestamp::MAX);
        if until <= now {
            return outcome;
        }
        let origin = Arc::new(Origin::Peer {
            post: post.id,
            reporter: post.owner,
            karma: belief.karma(),
            file_hash: post.file_hash,
        });
        let enough = self.rules.policy.min_events.saturating_mul(FAILED_LOGIN);
        let mut accused = BTreeSet::new();
        let oldest = now.saturating_sub(self.rules.policy.max_age).unwrap_or(Timestamp::MIN);
        let is_evidence = |attacker: &&Attacker| {
            attacker.points >= enough && attacker.last.is_none_or(|last| last >= oldest)
        };
        for attacker in log.attackers().iter().filter(is_evidence) {
            if accused.len() == self.rules.policy.max_attackers {
                break;
            }
            let network = network_of(attacker.address, self.rules.ipv6_prefix);
            if !accused.insert(network) {
                continue;
            }
            match self.check_for_peer(network) {
                Ok(guarded) => {
                    let origin = Arc::clone(&origin);
                    let reason = Reason { origin, events: attacker.events, log: None, since: now, until };
                    self.block(guarded, reason, &mut outcome);
                }
                Err(refused) => outcome.refused.push(refused),
            }
        }
        outcome
    }

    fn check_for_peer(&self, network: IpNetwork) -> Result<Guarded, Refused> {
        let guarded = self.guard.check(network, SourceClass::Peer)?;
        if self.blocks.len() >= MAX_WITH_PEERS && self.blocks.get(network).is_none() {
            return Err(Refused { network, rule: Rule::TooMany(MAX_WITH_PEERS) });
        }
        Ok(guarded)
    }

    /// Blocks what the operator names.
    ///
    /// # Errors
    /// When the guard refuses.
    pub fn block_manually(
        &mut self,
        network: IpNetwork,
        duration: SignedDuration,
        comment: String,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let guarded = self.guard.check(network, SourceClass::Manual)?;
        let until = now.saturating_add(duration).unwrap_or(Timestamp::MAX);
        let mut outcome = Outcome::default();
        let origin = Arc::new(Origin::Manual { comment });
        self.block(guarded, Reason { origin, events: 0, log: None, since: now, until }, &mut outcome);
        Ok(outcome)
    }

    /// Lets a network go, whatever the reasons were; gives back the block that it was.
    pub fn unblock(&mut self, network: IpNetwork) -> Option<(Block, Outcome)> {
        let block = self.blocks.get(network)?.clone();
        let changes = self.blocks.retract(block.network, |_| true);
        let records = vec![Record::BlockGone(block.network)];
        Some((block, Outcome { changes, records, ..Outcome::default() }))
    }

    /// Lets go of everything that the guard protects by now.
    pub fn release_protected(&mut self) -> Outcome {
        let mut outcome = Outcome::default();
        let refused: Vec<Refused> = self
            .blocks
            .iter()
            .filter_map(|block| self.guard.check(block.network, block.source()).err())
            .collect();
        for refused in refused {
            outcome.changes.extend(self.blocks.retract(refused.network, |_| true));
            outcome.records.push(Record::BlockGone(refused.network));
            outcome.refused.push(refused);
        }
        outcome
    }

    /// Notes which log proves this agent's own block of `network`.
    pub fn attach_log(&mut self, network: IpNetwork, stored: LogId) -> Outcome {
        let mut outcome = Outcome::default();
        let reasons = self.blocks.get(network).map(|block| block.reasons.clone()).unwrap_or_default();
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

    /// Forgets blocks that have run out.
    pub fn expire(&mut self, now: Timestamp) -> Outcome {
        let records = self.blocks.expire(now).into_iter().map(Record::BlockGone).collect();
        Outcome { records, ..Outcome::default() }
    }

    /// The log that proves this agent's own block of `network`.
    fn log_of(&self, network: IpNetwork) -> Option<LogId> {
        self.blocks.get(network)?.reasons.iter().find_map(|reason| reason.log)
    }

    fn block(&mut self, guarded: Guarded, reason: Reason, outcome: &mut Outcome) {
        let network = guarded.network();
        let origin = Arc::clone(&reason.origin);
        outcome.changes.extend(self.blocks.add(guarded, reason));
        outcome.blocked.push(network);
        let merged = self
            .blocks
            .get(network)
            .and_then(|block| block.reasons.iter().find(|reason| reason.origin == origin).cloned());
        outcome.records.extend(merged.map(|reason| Record::Reason(network, reason)));
    }
}

#[cfg(test)]
mod tests;
