//! What the agent would have decided about a log: an engine of its own, which blocks nothing.

use ipnetwork::IpNetwork;
use jiff::{Timestamp, Unit};
use sentinel_parsers::Grammars;
use serde::Serialize;

use super::{
    build,
    engine::{Engine, Outcome},
    reader::Reader,
};
use crate::{
    config::Settings,
    detect::{Detection, Hit},
    domain::{AllowTarget, Origin, PeerKey, Reason, Scope},
    guard::{Guard, Protected},
    record::Record,
    sources::RawLine,
};

/// Whose logs they are makes no difference: no peers have a say.
const NOBODY: PeerKey = PeerKey([0; 32]);
/// Seconds of the log after which what has run out is forgotten.
const UPKEEP_EVERY: i64 = 60;

/// An agent in memory that is shown a log. Time is what the lines say; what lines without a time tell is of now.
#[derive(Debug)]
pub struct Rehearsal {
    engine: Engine,
    reader: Reader<'static>,
    of_peers: Scope,
    now: Timestamp,
    tidied: Timestamp,
    events: u64,
    detections: Vec<Detection>,
}

/// What would have been done at a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WouldBlock {
    /// When, by the log's clock.
    pub at: Timestamp,
    /// Who.
    pub network: IpNetwork,
    /// Which detector.
    pub detector: String,
    /// Which daemon was attacked.
    pub service: String,
    /// How many events it counted.
    pub events: u32,
    /// What would have been dropped.
    pub scope: Scope,
    /// Until when; none when the guard refused.
    pub until: Option<Timestamp>,
    /// Why the guard refused, if it did.
    pub refused: Option<String>,
}

impl Rehearsal {
    /// An agent with these settings that has seen nothing yet. The guard knows what the config allows, not what this
    /// host is connected to: the log may be another's.
    ///
    /// # Errors
    /// When the rules about web requests cannot be read.
    pub fn new(settings: &Settings, now: Timestamp) -> anyhow::Result<Self> {
        let allowed = settings.guard.allow.iter().filter_map(|target| match target {
            AllowTarget::Network(network) => Some(*network),
            AllowTarget::Name(_) => None,
        });
        let guard = Guard::new(Protected { allowed: allowed.collect(), ..Protected::default() });
        // A rehearsal reads for as long as the process lives.
        let grammars: &'static Grammars = match build::own_grammars(settings)? {
            Some(own) => Box::leak(Box::new(own)),
            None => Grammars::shipped(),
        };
        // Lines tell whole seconds, and what is of now does too.
        let now = now.round(Unit::Second).unwrap_or(now);
        Ok(Self {
            engine: build::engine(settings, guard, NOBODY),
            reader: Reader::new(grammars, now),
            of_peers: settings.block.peers,
            now: Timestamp::MIN,
            tidied: Timestamp::MIN,
            events: 0,
            detections: Vec::new(),
        })
    }

    /// Shows it a line; tells whom it would have blocked, or been kept from blocking, because of it.
    pub fn line(&mut self, raw: &[u8]) -> Option<WouldBlock> {
        self.observe(raw, false)
    }

    /// The same, and keeps what it would have reported.
    pub(super) fn report(&mut self, raw: &[u8]) -> Option<WouldBlock> {
        self.observe(raw, true)
    }

    /// Only what has lines is reported.
    fn observe(&mut self, raw: &[u8], with_line: bool) -> Option<WouldBlock> {
        let hit = self.reader.hit(&RawLine { at: None, program: None, bytes: raw })?;
        self.events += 1;
        self.pass_to(hit.at);
        let mut outcome = Outcome::default();
        self.engine.observe(&hit, || with_line.then(|| raw.to_vec()), self.now, &mut outcome);
        self.detections.append(&mut outcome.detections);
        let refused =
            outcome.refused.first().map(|refused| self.refused(&hit, refused.network, refused.to_string()));
        refused.or_else(|| outcome.records.iter().find_map(|record| self.would_block(record)))
    }

    /// When a line was written, if it says so.
    #[must_use]
    pub fn time_of(&self, raw: &[u8]) -> Option<Timestamp> {
        self.reader.time(raw)
    }

    /// How many attackers it would have reported since they were taken.
    pub(super) fn detected(&self) -> usize {
        self.detections.len()
    }

    /// The attackers that it would have reported.
    pub(super) fn take_detections(&mut self) -> Vec<Detection> {
        std::mem::take(&mut self.detections)
    }

    /// Events that were understood.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// A log that jumps back does not turn back time.
    fn pass_to(&mut self, at: Timestamp) {
        self.now = self.now.max(at);
        if self.now.as_second().saturating_sub(self.tidied.as_second()) >= UPKEEP_EVERY {
            self.tidied = self.now;
            while !self.engine.expire(self.now).records.is_empty() {}
        }
    }

    /// Only what is new: a block that is renewed is none.
    fn would_block(&self, record: &Record) -> Option<WouldBlock> {
        let Record::Reason(network, Reason { origin, events, since, until, .. }) = record else {
            return None;
        };
        let Origin::Local { detector, service, .. } = &**origin else { return None };
        (*since == self.now).then(|| WouldBlock {
            at: self.now,
            network: *network,
            detector: detector.clone(),
            service: service.clone(),
            events: *events,
            scope: origin.scope(self.of_peers),
            until: Some(*until),
            refused: None,
        })
    }

    fn refused(&self, hit: &Hit, network: IpNetwork, why: String) -> WouldBlock {
        WouldBlock {
            at: self.now,
            network,
            detector: String::new(),
            service: hit.service.to_string(),
            events: 0,
            scope: Scope::All,
            until: None,
            refused: Some(why),
        }
    }
}

#[cfg(test)]
mod tests;
