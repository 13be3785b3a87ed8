//! What attackers, honest peers and adversaries do.

use std::collections::BTreeMap;

use ipnetwork::IpNetwork;
use sentinel_agent::{
    domain::{FileHash, PeerKey},
    trust::{Accused, Statement},
};
use sentinel_interface::VerdictKind;

use super::World;
use crate::sim::{
    DAY, HOUR, Ledger,
    actors::{Kind, innocents},
    agent::{Posted, Verdicts},
    attackers::Attacker,
};

impl<L: Ledger> World<L> {
    /// Attackers try their next victims, who see, block and post.
    pub(super) fn attack(&mut self, verdicts: &mut [Verdicts]) -> Vec<Posted> {
        let reaches: Vec<f64> = self.agents.iter().map(|agent| agent.reach).collect();
        if self.rng.usize(0..DAY) < self.scenario.attackers {
            let times = self.scenario.attackers.div_ceil(DAY);
            for _ in 0..times {
                let number = u32::try_from(self.attackers.len()).unwrap_or(u32::MAX);
                self.attackers.push(Attacker::new(number, &reaches, self.step, &mut self.rng));
            }
        }
        let (now, step) = (self.now(), self.step);
        let mut seen: BTreeMap<usize, Vec<IpNetwork>> = BTreeMap::new();
        for attacker in self.attackers.iter_mut().filter(|attacker| attacker.next == step) {
            attacker.next = step + attacker.pace;
            let Some(victim) = attacker.victims.pop() else { continue };
            let Some((agent, verdicts)) = self.agents.get_mut(victim).zip(verdicts.get_mut(victim)) else {
                continue;
            };
            if !agent.drops(attacker.network, now) {
                agent.see(attacker.network, now, verdicts);
                attacker.seen_by.push((victim, step));
                seen.entry(victim).or_default().push(attacker.network);
            }
        }
        let mut posted = Vec::new();
        for (number, networks) in seen {
            let Some(key) = self.agents.get(number).map(|agent| agent.key) else { continue };
            let statement = self.post(key, networks.clone());
            if let Some(agent) = self.agents.get_mut(number) {
                agent.said(statement.clone());
            }
            self.measure.posted(number, &networks, self.karma.get(&key).copied().unwrap_or_default());
            posted.push(Posted { statement, is_evidence: true });
        }
        posted
    }

    pub(super) fn post(&mut self, owner: PeerKey, networks: Vec<IpNetwork>) -> Statement {
        self.measure.posts += 1;
        let log = FileHash::of(format!("{owner} {} {networks:?}", self.measure.posts).as_bytes());
        let now = self.now();
        let id = self.ledger.post(owner, log, now.as_second());
        let karma = self.ledger.karma(&owner);
        let accused = networks.into_iter().map(|network| Accused { network, events: 5 });
        Statement::new(id, (owner, karma), log, now).about(accused.collect())
    }

    /// What adversaries post, and peers that have turned, while others post `fresh`.
    pub(super) fn lie(&mut self, fresh: &[Posted]) -> Vec<Posted> {
        let mut lies = Vec::new();
        for number in 0..self.hostile.len() {
            let Some(hostile) = self.hostile.get(number) else { continue };
            let (key, kind) = (hostile.key, hostile.kind);
            let lie = hostile.post(self.step, self.is_believed(&key), fresh, &self.history, &mut self.rng);
            if let Some(lie) = lie {
                lies.push((key, kind.name(), lie.accused, lie.is_evidence));
            }
        }
        let honest = self.scenario.founders + self.scenario.newcomers;
        if self.step >= self.scenario.days / 2 * DAY && self.step.is_multiple_of(HOUR) {
            let accused = innocents(&mut self.rng);
            let turned: Vec<PeerKey> = self.agents.iter().skip(honest).map(|agent| agent.key).collect();
            lies.extend(turned.into_iter().map(|key| (key, "turncoats", accused.clone(), true)));
        }
        lies.into_iter()
            .map(|(key, kind, accused, is_evidence)| {
                self.pay(kind, |cost, _| cost.post());
                Posted { statement: self.post(key, accused), is_evidence }
            })
            .collect()
    }

    /// Rings and sybils like each other.
    pub(super) fn conspire(&mut self, posted: &[Posted]) {
        let now = self.now().as_second();
        for kind in [Kind::Ring, Kind::Sybil] {
            let friends: Vec<PeerKey> = self
                .hostile
                .iter()
                .filter(|hostile| hostile.kind == kind && hostile.since <= self.step)
                .map(|hostile| hostile.key)
                .collect();
            for Posted { statement, .. } in
                posted.iter().filter(|it| friends.contains(&it.statement.reporter))
            {
                for _ in 0..friends.len().min(3) {
                    let Some(voter) = self.rng.choice(&friends).copied() else { continue };
                    if self.ledger.give(VerdictKind::Like, voter, statement.post, now) {
                        self.measure.verdicts += 1;
                        self.pay(kind.name(), |cost, _| cost.verdict());
                    }
                }
            }
        }
    }
}
