//! What other peers' posts bring about.

use std::{collections::BTreeSet, sync::Arc};

use ipnetwork::IpNetwork;
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
        for (network, attacker) in self.accused(log, now) {
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

    /// The networks that the log accuses strongly enough, each with the first attacker in it; as many as the policy
    /// takes from one log.
    fn accused<'l>(&self, log: &'l Verified<MaliciousLog>, now: Timestamp) -> Vec<(IpNetwork, &'l Attacker)> {
        let policy = &self.rules.policy;
        let enough = policy.min_events.saturating_mul(FAILED_LOGIN);
        let oldest = now.saturating_sub(policy.max_age).unwrap_or(Timestamp::MIN);
        let is_evidence = |attacker: &&Attacker| {
            attacker.points >= enough && attacker.last.is_none_or(|last| last >= oldest)
        };
        let attackers = log.attackers().iter().filter(is_evidence);
        let mut known = BTreeSet::new();
        attackers
            .map(|attacker| (network_of(attacker.address, self.rules.ipv6_prefix), attacker))
            .filter(|(network, _)| known.insert(*network))
            .take(policy.max_attackers)
            .collect()
    }
}
