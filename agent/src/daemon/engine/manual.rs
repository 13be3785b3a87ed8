//! What the operator orders.

use std::sync::Arc;

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use super::{Engine, Outcome};
use crate::{
    domain::{Block, Origin, Reason, SourceClass},
    guard::Refused,
    record::Record,
};

/// The longest block that may be ordered: a century, so that every sum with its end stays a time.
const LONGEST: SignedDuration = SignedDuration::from_hours(100 * 366 * 24);

impl Engine {
    /// Blocks what the operator names. Of many networks, call it for each with the same `outcome`.
    ///
    /// # Errors
    /// When it may not be blocked.
    pub fn block_manually(
        &mut self,
        network: IpNetwork,
        duration: SignedDuration,
        comment: String,
        now: Timestamp,
        outcome: &mut Outcome,
    ) -> Result<(), Refused> {
        let guarded = self.admit(network, SourceClass::Manual)?;
        let until = now.saturating_add(duration.min(LONGEST)).unwrap_or(Timestamp::MAX);
        let origin = Arc::new(Origin::Manual { comment });
        self.block(guarded, Reason { origin, events: 0, log: None, since: now, until }, outcome);
        Ok(())
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
