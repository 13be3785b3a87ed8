//! What this agent detects itself.

use std::{net::IpAddr, sync::Arc};

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use sentinel_parsers::Provenance;

use super::{Engine, Outcome};
use crate::{
    detect::{Detection, Hit},
    domain::{LogId, Origin, Reason, SourceClass},
    record::Record,
    trust::Event,
};

impl Engine {
    /// Counts a hostile event. `line` gives its log line, redacted; it is asked for only when it becomes evidence.
    pub fn observe(
        &mut self,
        hit: &Hit,
        line: impl FnOnce() -> Option<Vec<u8>>,
        now: Timestamp,
        outcome: &mut Outcome,
    ) {
        match self.detector.observe(hit, line) {
            Some(detection) if detection.provenance == Provenance::Claimed => {
                self.block_claimed(&detection, now, outcome);
            }
            Some(detection) => self.block_proven(detection, now, outcome),
            None => {}
        }
    }

    /// Longer for who attacked before, and reported.
    fn block_proven(&mut self, detection: Detection, now: Timestamp, outcome: &mut Outcome) {
        let network = detection.network;
        let guarded = match self.admit(network, SourceClass::Local) {
            Ok(guarded) => guarded,
            Err(refused) => return outcome.refused.push(refused),
        };
        let blocked = self.is_blocked_for_proof(network).then(|| self.blocks.end(network, now)).flatten();
        let Some(sentence) = self.offenders.judge(network, detection.last, now, blocked) else { return };
        let log = self.log_of(network);
        let (origin, until) = (origin(&detection), sentence.until);
        let reason = Reason { origin, events: detection.events, log, since: now, until };
        self.block(guarded, reason, outcome);
        outcome.records.push(Record::Offence(network, sentence.offence));
        self.happened(Event::Saw { network, seen: detection.last }, now, outcome);
        outcome.records.extend(sentence.forgotten.map(Record::OffenceForgotten));
        // One whose log could not be written is reported when it attacks again.
        if log.is_none() && detection.is_provable() {
            outcome.detections.push(detection);
        }
    }

    /// Anybody can have sent the packets, so the block is short, no strike, and reported to nobody. A flood of forged
    /// addresses leaves room for attackers that are proven.
    fn block_claimed(&mut self, detection: &Detection, now: Timestamp, outcome: &mut Outcome) {
        let until = detection.last.saturating_add(self.rules.claimed_for).unwrap_or(Timestamp::MAX);
        if until <= now {
            return;
        }
        let room = self.rules.capacity_of_peers();
        match self.admit_among(detection.network, SourceClass::Local, room) {
            Ok(guarded) => {
                let (origin, events) = (origin(detection), detection.events);
                self.block(guarded, Reason { origin, events, log: None, since: now, until }, outcome);
                self.note_offence(detection.network, now, outcome);
            }
            Err(refused) => outcome.refused.push(refused),
        }
    }

    /// A claim is no earlier offence.
    fn is_blocked_for_proof(&self, network: IpNetwork) -> bool {
        let is_claim = |reason: &Reason| matches!(*reason.origin, Origin::Local { claimed: true, .. });
        self.blocks.get(network).is_some_and(|block| !block.reasons.iter().all(is_claim))
    }

    /// Notes which log proves this agent's own block of `network`.
    pub fn attach_log(&mut self, network: IpNetwork, stored: LogId) -> Outcome {
        let mut outcome = Outcome::default();
        let reasons = self.blocks.get(network).map(|block| block.reasons).unwrap_or_default();
        for mut reason in reasons {
            if matches!(*reason.origin, Origin::Local { claimed: false, .. })
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

    /// What would be reported of an address, were it found out now.
    #[must_use]
    pub fn collected(&self, address: IpAddr) -> Vec<Detection> {
        self.detector.collected(address).filter(Detection::is_provable).collect()
    }

    /// The log that proves this agent's own block of `network`.
    #[must_use]
    pub fn own_log_of(&self, network: IpNetwork) -> Option<LogId> {
        let reasons = self.blocks.get(network)?.reasons;
        reasons.iter().find(|reason| matches!(*reason.origin, Origin::Local { .. }))?.log
    }

    /// A log that proves the block of `network`.
    fn log_of(&self, network: IpNetwork) -> Option<LogId> {
        self.blocks.get(network)?.reasons.iter().find_map(|reason| reason.log)
    }
}

fn origin(detection: &Detection) -> Arc<Origin> {
    let (detector, service) = (detection.detector(), detection.service.as_str().to_owned());
    Arc::new(Origin::Local { detector, service, claimed: detection.provenance == Provenance::Claimed })
}
