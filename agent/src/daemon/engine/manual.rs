//! What the operator orders.

use std::{net::IpAddr, sync::Arc};

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use super::{Engine, Outcome};
use crate::{
    domain::{Block, Origin, Reason, SourceClass},
    guard::{Guarded, Refused},
    record::Record,
    trust::Event,
};

/// The longest block that may be ordered: a century, so that every sum with its end stays a time.
const LONGEST: SignedDuration = SignedDuration::from_hours(100 * 366 * 24);

/// What the operator orders.
#[derive(Clone, Debug)]
pub struct Order {
    /// To be blocked.
    pub network: IpNetwork,
    /// For how long.
    pub duration: SignedDuration,
    /// Why, in the operator's words.
    pub comment: String,
    /// Where the operator is logged in from, who must not lock themself out.
    pub from: Option<IpAddr>,
}

impl Engine {
    /// Blocks what the operator orders, and tells until when it is blocked then. Of many networks, call it for each
    /// with the same `outcome`.
    ///
    /// # Errors
    /// When it may not be blocked.
    pub fn block_manually(
        &mut self,
        order: Order,
        now: Timestamp,
        outcome: &mut Outcome,
    ) -> Result<Timestamp, Refused> {
        let guarded = self.admit_order(order.network, order.from)?;
        let network = guarded.network();
        let until = end(now, order.duration);
        let origin = self.origin_of(order.comment);
        self.block(guarded, Reason { origin, events: 0, log: None, since: now, until }, outcome);
        self.note_offence(network, now, outcome);
        Ok(self.blocks.get(network).map_or(until, |block| block.until()))
    }

    /// What [`Engine::block_manually`] would do.
    ///
    /// # Errors
    /// When it may not be blocked.
    pub fn would_block(&self, order: &Order, now: Timestamp) -> Result<Timestamp, Refused> {
        self.admit_order(order.network, order.from)?;
        Ok(end(now, order.duration))
    }

    fn admit_order(&self, network: IpNetwork, from: Option<IpAddr>) -> Result<Guarded, Refused> {
        self.guard.check_with(network, SourceClass::Manual, from.as_slice())?;
        self.admit(network, SourceClass::Manual)
    }

    /// What is ordered together has one origin.
    fn origin_of(&mut self, comment: String) -> Arc<Origin> {
        let origin = Origin::Manual { comment };
        if *self.last_order != origin {
            self.last_order = Arc::new(origin);
        }
        Arc::clone(&self.last_order)
    }

    /// Lets a network go, whatever the reasons were, and forgives what it did; gives back the block that it was.
    pub fn unblock(&mut self, network: IpNetwork, now: Timestamp) -> Option<(Block, Outcome)> {
        let block = self.blocks.get(network)?;
        let mut outcome = Outcome::default();
        self.take_back(block.network, |_| true, &mut outcome);
        self.detector.forgive(block.network);
        self.happened(Event::Dismissed { network: block.network }, now, &mut outcome);
        if self.offenders.forgive(block.network) {
            outcome.records.push(Record::OffenceForgotten(block.network));
        }
        Some((block, outcome))
    }
}

fn end(now: Timestamp, duration: SignedDuration) -> Timestamp {
    now.saturating_add(duration.min(LONGEST)).unwrap_or(Timestamp::MAX)
}
