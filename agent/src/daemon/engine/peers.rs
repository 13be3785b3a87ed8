//! What other peers' posts bring about.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;

use super::{Engine, Outcome};
use crate::{
    detect::{FAILED_LOGIN, network_of},
    domain::{MaliciousLog, Origin, Post, Reason, SourceClass},
    evidence::{Attacker, Verified},
    trust::Belief,
};

impl Engine {
    /// Blocks whom a verified log accuses strongly enough.
    pub fn accuse(
        &mut self,
        log: &Verified<MaliciousLog>,
        post: &Post,
        belief: &Belief,
        now: Timestamp,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let until = post.timestamp.saturating_add(self.rules.escalation.first).unwrap_or(Timestamp::MAX);
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
            match self.admit(network, SourceClass::Peer) {
                Ok(guarded) => {
                    let origin = Arc::clone(&origin);
                    let reason = Reason { origin, events: attacker.events, log: None, since: now, until };
                    self.block(guarded, reason, &mut outcome);
                    self.note_offence(network, now, &mut outcome);
                }
                Err(refused) => outcome.refused.push(refused),
            }
        }
        outcome
    }
}
