//! What is looked at while a network's history passes.

use std::collections::{BTreeMap, BTreeSet};

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use sentinel_agent::domain::{Karma, PeerKey};

use super::{
    Cost, DAY, HOUR, Outcome, Scenario,
    actors::INNOCENTS,
    agent::Agent,
    attackers::{Attacker, innocent},
    outcome::{Day, Newcomer},
};

/// How long after the second sighting an attacker is to be blocked everywhere, in steps.
const SOON: usize = HOUR;

/// What is seen of it.
pub(super) struct Measure {
    pub(super) posts: usize,
    pub(super) verdicts: usize,
    honest: usize,
    wrong: BTreeSet<(usize, IpNetwork)>,
    wrong_today: usize,
    wrong_now: BTreeSet<(usize, IpNetwork)>,
    believed_hostile: BTreeSet<PeerKey>,
    hostile_now: usize,
    /// Of each attacker that was looked after: at how many honest peers it was blocked.
    caught: BTreeMap<IpNetwork, usize>,
    caught_today: Vec<usize>,
    newcomers: BTreeMap<usize, Way>,
    farmers: BTreeMap<PeerKey, Newcomer>,
    days: Vec<Day>,
}

/// A newcomer's posts, and when it was believed.
#[derive(Default)]
struct Way {
    posts: Vec<(Vec<IpNetwork>, Karma)>,
    believed: Option<usize>,
}

impl Measure {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let Scenario { founders, newcomers, .. } = *scenario;
        let ways = (founders..founders + newcomers).map(|number| (number, Way::default()));
        Self {
            posts: 0,
            verdicts: 0,
            honest: founders + newcomers,
            wrong: BTreeSet::new(),
            wrong_today: 0,
            wrong_now: BTreeSet::new(),
            believed_hostile: BTreeSet::new(),
            hostile_now: 0,
            caught: BTreeMap::new(),
            caught_today: Vec::new(),
            newcomers: ways.collect(),
            farmers: BTreeMap::new(),
            days: Vec::new(),
        }
    }

    /// An honest peer posted.
    pub(super) fn posted(&mut self, number: usize, networks: &[IpNetwork], karma: Karma) {
        if let Some(way) = self.newcomers.get_mut(&number).filter(|way| way.believed.is_none()) {
            way.posts.push((networks.to_vec(), karma));
        }
    }

    /// A newcomer posted about an address of its own.
    pub(super) fn farmed(&mut self, farmer: PeerKey, karma: Karma) {
        let way = self.farmers.entry(farmer).or_default();
        if way.days.is_none() {
            way.corroborated += 1;
            way.karma.push(karma.0);
        }
    }

    /// Adversaries that are believed now.
    pub(super) fn count_hostile(&mut self, believed: &[PeerKey], step: usize) {
        self.hostile_now = believed.len();
        self.believed_hostile.extend(believed.iter().copied());
        for (farmer, way) in &mut self.farmers {
            if believed.contains(farmer) {
                way.days = way.days.or(Some(share(step, DAY)));
            }
        }
        if (step + 1).is_multiple_of(DAY) {
            self.end_day();
        }
    }

    /// Looks for innocents that are blocked: also for those who are let go soon.
    pub(super) fn look_for_innocents(&mut self, now: Timestamp, agents: &[Agent]) {
        let wrong: BTreeSet<(usize, IpNetwork)> = agents
            .iter()
            .take(self.honest)
            .enumerate()
            .flat_map(|(number, agent)| {
                let blocked = (0..INNOCENTS).map(innocent).filter(|network| agent.drops(*network, now));
                blocked.map(move |network| (number, network))
            })
            .collect();
        self.wrong_today += wrong.difference(&self.wrong_now).count();
        self.wrong.extend(&wrong);
        self.wrong_now = wrong;
    }

    /// Looks at everything else at the end of a step.
    pub(super) fn look(
        &mut self,
        scenario: &Scenario,
        step: usize,
        now: Timestamp,
        agents: &[Agent],
        attackers: &[Attacker],
        karma: &BTreeMap<PeerKey, Karma>,
    ) {
        let honest = || agents.iter().take(self.honest).enumerate();
        let due = attackers.iter().filter(|attacker| {
            !attacker.is_farmed
                && attacker.second_sighting(self.honest) == step.checked_sub(SOON)
                && step >= SOON
        });
        let caught: Vec<(IpNetwork, usize)> = due
            .map(|attacker| {
                let drops = honest().filter(|(_, agent)| agent.drops(attacker.network, now)).count();
                (attacker.network, drops)
            })
            .collect();
        let believed: Vec<usize> = honest()
            .filter(|(_, agent)| karma.get(&agent.key).is_some_and(|karma| karma.0 >= 50))
            .map(|(number, _)| number)
            .collect();
        self.caught_today.extend(caught.iter().map(|(_, drops)| *drops));
        self.caught.extend(caught);
        for number in believed {
            if let Some(way) = self.newcomers.get_mut(&number) {
                way.believed = way.believed.or(Some(step));
            }
        }
        debug_assert!(scenario.founders <= self.honest);
    }

    fn end_day(&mut self) {
        let pairs = self.caught_today.len() * self.honest;
        let believed = self.newcomers.values().filter(|way| way.believed.is_some()).count();
        self.days.push(Day {
            innocents: self.wrong_today,
            blocked: share(self.caught_today.iter().sum(), pairs),
            newcomers: share(believed, self.newcomers.len()),
            hostile: self.hostile_now,
        });
        self.wrong_today = 0;
        self.caught_today.clear();
    }

    pub(super) fn outcome(
        self,
        scenario: &Scenario,
        attackers: &[Attacker],
        agents: usize,
        mut costs: BTreeMap<&'static str, Cost>,
    ) -> Outcome {
        let widely = self.caught.values().filter(|drops| **drops * 100 >= self.honest * 95).count();
        let sightings: BTreeMap<IpNetwork, usize> = attackers
            .iter()
            .map(|attacker| (attacker.network, attacker.honest_sightings(self.honest)))
            .collect();
        let real = || attackers.iter().filter(|attacker| !attacker.is_farmed);
        // Who turns was honest before, and has paid its bond too.
        for _ in self.honest..agents {
            costs.entry("turncoats").or_default().join(&crate::program::PARAMETERS);
        }
        Outcome {
            innocents: self.wrong.iter().map(|(_, network)| network).collect::<BTreeSet<_>>().len(),
            peers_with_innocents: self.wrong.iter().map(|(peer, _)| peer).collect::<BTreeSet<_>>().len(),
            attackers: self.caught.len(),
            blocked: share(self.caught.values().sum(), self.caught.len() * self.honest),
            blocked_widely: share(widely, self.caught.len()),
            seen_once: real().filter(|attacker| attacker.honest_sightings(self.honest) == 1).count(),
            newcomers: self.newcomers.into_values().map(|way| newcomer(way, &sightings)).collect(),
            farmers: self.farmers.into_values().collect(),
            addresses: attackers.iter().filter(|attacker| attacker.is_farmed).count(),
            believed_hostile: self.believed_hostile.len(),
            posts: self.posts,
            verdicts: self.verdicts,
            costs,
            honest: scenario.founders + scenario.newcomers,
            days: self.days,
        }
    }
}

fn newcomer(way: Way, sightings: &BTreeMap<IpNetwork, usize>) -> Newcomer {
    let is_corroborated = |networks: &[IpNetwork]| {
        networks.iter().any(|network| sightings.get(network).is_some_and(|sightings| *sightings >= 2))
    };
    let corroborated: Vec<u64> = way
        .posts
        .iter()
        .filter(|(networks, _)| is_corroborated(networks))
        .map(|(_, karma)| karma.0)
        .collect();
    Newcomer {
        corroborated: corroborated.len(),
        days: way.believed.map(|step| share(step, DAY)),
        karma: corroborated,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
