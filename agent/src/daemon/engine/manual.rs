//! What the operator orders.

use std::sync::Arc;

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use super::{Engine, Outcome};
use crate::{
    domain::{Block, Origin, Reason, SourceClass},
    record::Record,
};

/// The longest block that may be ordered: a century, so that every sum with its end stays a time.
const LONGEST: SignedDuration = SignedDuration::from_hours(100 * 366 * 24);

/// A network that the operator wants blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What to block.
    pub network: IpNetwork,
    /// For how long; without it, for as long as an attacker the first time.
    pub duration: Option<SignedDuration>,
    /// Why, in the operator's words.
    pub comment: String,
}

impl Engine {
    /// Blocks what the operator names; what may not be blocked stands among the refused, all the rest is blocked.
    pub fn block_manually(&mut self, orders: Vec<Order>, now: Timestamp) -> Outcome {
        let mut outcome = Outcome::default();
        for Order { network, duration, comment } in orders {
            let duration = duration.unwrap_or(self.rules.escalation.first).min(LONGEST);
            let until = now.saturating_add(duration).unwrap_or(Timestamp::MAX);
            match self.admit(network, SourceClass::Manual) {
                Ok(guarded) => {
                    let origin = Arc::new(Origin::Manual { comment });
                    let reason = Reason { origin, events: 0, log: None, since: now, until };
                    self.block(guarded, reason, &mut outcome);
                }
                Err(refused) => outcome.refused.push(refused),
            }
        }
        outcome
    }

    /// Lets a network go, whatever the reasons were, and forgives what it did; gives back the block that it was.
    pub fn unblock(&mut self, network: IpNetwork) -> Option<(Block, Outcome)> {
        let block = self.blocks.get(network)?;
        let mut outcome = Outcome::default();
        self.take_back(block.network, |_| true, &mut outcome);
        if self.offenders.forgive(block.network) {
            outcome.records.push(Record::OffenceForgotten(block.network));
        }
        Some((block, outcome))
    }
}
