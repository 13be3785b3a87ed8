//! A network and its history, step by step.

use std::collections::BTreeMap;

use fastrand::Rng;
use ipnetwork::IpNetwork;
use jiff::Timestamp;
use sentinel_agent::{
    domain::{FileHash, Karma, Peer, PeerKey},
    trust::{Accused, Statement},
};
use sentinel_interface::VerdictKind;

use super::{
    Cost, Crowd, DAY, HOUR, Ledger, Outcome, STEP, Scenario,
    actors::{Hostile, INNOCENTS, Kind, innocents},
    agent::{Agent, Posted, Verdicts},
    attackers::{Attacker, innocent},
    measure::Measure,
    scenario::WAVES,
};

/// When it begins: any time will do.
const BEGIN: i64 = 1_795_000_000;
/// Karma of those who founded the network.
const FOUNDERS: u64 = 60;
/// Posts that copycats choose from.
const RECENT: usize = 200;
/// Honest peers that know an innocent.
const KNOWN_BY: f64 = 0.1;
/// Downloads that a mirror with garbage puts off.
const PUT_OFF: f64 = 0.2;

/// A network in the making.
pub struct World<L> {
    pub(super) scenario: Scenario,
    ledger: L,
    rng: Rng,
    pub(super) step: usize,
    /// The honest ones, and behind them those that turn.
    pub(super) agents: Vec<Agent>,
    hostile: Vec<Hostile>,
    pub(super) attackers: Vec<Attacker>,
    history: Vec<Posted>,
    late: Vec<(usize, Posted)>,
    karma: BTreeMap<PeerKey, Karma>,
    costs: BTreeMap<&'static str, Cost>,
    measure: Measure,
}

impl<L: Ledger> World<L> {
    /// A network on this ledger of peers with these keys.
    #[must_use]
    pub fn new(scenario: Scenario, ledger: L, keys: &[PeerKey]) -> Self {
        let rng = Rng::with_seed(scenario.seed);
        let measure = Measure::new(&scenario);
        let mut world = Self {
            scenario,
            ledger,
            rng,
            step: 0,
            agents: Vec::new(),
            hostile: Vec::new(),
            attackers: Vec::new(),
            history: Vec::new(),
            late: Vec::new(),
            karma: BTreeMap::new(),
            costs: BTreeMap::new(),
            measure,
        };
        world.populate(keys);
        world
    }

    /// When a ledger for it begins, in Unix seconds.
    #[must_use]
    pub fn begin() -> i64 {
        BEGIN
    }

    /// Lets it all happen.
    pub fn run(mut self) -> (Outcome, L) {
        while self.step < self.scenario.days * DAY {
            self.pass();
            self.step += 1;
        }
        let outcome = self.measure.outcome(&self.scenario, &self.attackers, self.agents.len(), self.costs);
        (outcome, self.ledger)
    }

    fn now(&self) -> Timestamp {
        let step = i64::try_from(self.step).unwrap_or(i64::MAX);
        Timestamp::from_second(BEGIN + step * STEP).unwrap_or(Timestamp::MAX)
    }

    fn populate(&mut self, keys: &[PeerKey]) {
        let Scenario { founders, newcomers, crowd, .. } = self.scenario.clone();
        let mut keys = keys.iter().copied();
        for number in 0..founders + newcomers + crowd.turncoats {
            let Some(key) = keys.next() else { return };
            let is_newcomer = (founders..founders + newcomers).contains(&number);
            let reach = 0.05 + 0.25 * self.rng.f64();
            let mut agent = Agent::new(key, reach, self.scenario.policy());
            let known = (0..INNOCENTS).filter(|_| self.rng.f64() < KNOWN_BY).map(innocent);
            agent.knows = known.collect();
            self.agents.push(agent);
            self.join(key, if is_newcomer { 0 } else { FOUNDERS });
        }
        let Crowd { liars, copycats, ring, garbage, farmers, wave, .. } = crowd;
        let kinds = [
            (Kind::Liar, liars, 0),
            (Kind::Copycat, copycats, 0),
            (Kind::Ring, ring, 0),
            (Kind::Garbage, garbage, 0),
            (Kind::Farmer, farmers, 0),
        ];
        let waves = (1..=WAVES).map(|number| (Kind::Sybil, wave, number * 3 * DAY));
        for (kind, number, since) in kinds.into_iter().chain(waves) {
            for key in keys.by_ref().take(number) {
                self.hostile.push(Hostile { key, kind, since });
                if since == 0 {
                    self.join(key, 0);
                    self.pay(kind.name(), Cost::join);
                }
            }
        }
        let peers: Vec<Peer> = self.karma.iter().map(|(key, karma)| peer(*key, *karma)).collect();
        for agent in &mut self.agents {
            let _ = agent.docket.meet(&peers);
        }
    }

    fn join(&mut self, key: PeerKey, granted: u64) {
        self.ledger.join(key, granted);
        self.karma.insert(key, Karma(granted));
    }

    fn pay(&mut self, who: &'static str, what: impl FnOnce(&mut Cost, &sentinel_interface::Parameters)) {
        what(self.costs.entry(who).or_default(), self.ledger.parameters());
    }

    /// Ten minutes.
    fn pass(&mut self) {
        let mut verdicts = vec![Verdicts::default(); self.agents.len()];
        self.sybils_join(&mut verdicts);
        let mut posted = self.attack(&mut verdicts);
        posted.extend(self.lie());
        self.deliver(&posted, &mut verdicts);
        self.vote(verdicts);
        self.conspire(&posted);
        self.history.extend(posted);
        let excess = self.history.len().saturating_sub(RECENT);
        self.history.drain(..excess);
        let now = self.now();
        self.measure.look(&self.scenario, self.step, now, &self.agents, &self.attackers, &self.karma);
        let hostile = self.hostile.iter().map(|hostile| hostile.key);
        let believed: Vec<PeerKey> = hostile.filter(|key| self.is_believed(key)).collect();
        self.measure.count_hostile(&believed, self.step);
    }

    fn sybils_join(&mut self, verdicts: &mut [Verdicts]) {
        let joining = |hostile: &&Hostile| hostile.since == self.step && hostile.kind == Kind::Sybil;
        let keys: Vec<PeerKey> = self.hostile.iter().filter(joining).map(|hostile| hostile.key).collect();
        for key in keys {
            self.join(key, 0);
            self.pay(Kind::Sybil.name(), Cost::join);
            for (agent, verdicts) in self.agents.iter_mut().zip(&mut *verdicts) {
                agent.learn(key, Karma(0), verdicts);
            }
        }
    }

    /// Attackers try their next victims, who see, block and post.
    fn attack(&mut self, verdicts: &mut [Verdicts]) -> Vec<Posted> {
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

    fn post(&mut self, owner: PeerKey, networks: Vec<IpNetwork>) -> Statement {
        self.measure.posts += 1;
        let log = FileHash::of(format!("{owner} {} {networks:?}", self.measure.posts).as_bytes());
        let now = self.now();
        let id = self.ledger.post(owner, log, now.as_second());
        let karma = self.ledger.karma(&owner);
        let accused = networks.into_iter().map(|network| Accused { network, events: 5 });
        Statement::new(id, (owner, karma), log, now).about(accused.collect())
    }

    /// What adversaries post, and peers that have turned.
    fn lie(&mut self) -> Vec<Posted> {
        let mut lies = Vec::new();
        for number in 0..self.hostile.len() {
            let Some(hostile) = self.hostile.get(number) else { continue };
            let (key, kind, since) = (hostile.key, hostile.kind, hostile.since);
            let lie = hostile.post(self.step, self.is_believed(&key), &self.history, &mut self.rng);
            if let Some(lie) = lie {
                lies.push((key, kind.name(), lie.accused, lie.is_evidence));
            } else if kind == Kind::Farmer
                && !self.is_believed(&key)
                && (self.step - since).is_multiple_of(6 * HOUR)
            {
                lies.push((key, kind.name(), vec![self.farm()], true));
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

    /// An address of the adversary's own, which attacks some honest peers from the next step on.
    fn farm(&mut self) -> IpNetwork {
        let number = u32::try_from(self.attackers.len()).unwrap_or(u32::MAX);
        let mut attacker = Attacker::new(number, &[], self.step + 1, &mut self.rng);
        attacker.victims = (0..3).map(|_| self.rng.usize(0..self.scenario.founders)).collect();
        attacker.is_farmed = true;
        let network = attacker.network;
        self.attackers.push(attacker);
        network
    }

    /// Posts reach everybody but those who served garbage their turn.
    fn deliver(&mut self, posted: &[Posted], verdicts: &mut [Verdicts]) {
        let now = self.now();
        let late = std::mem::take(&mut self.late);
        let everybody = 0..self.agents.len();
        let fresh = posted.iter().flat_map(|posted| everybody.clone().map(move |to| (to, posted.clone())));
        let mut put_off = Vec::new();
        for (number, (to, posted)) in late.into_iter().map(|it| (true, it)).chain(fresh.map(|it| (false, it)))
        {
            let has_garbage = self.scenario.crowd.garbage > 0 && !number;
            if has_garbage && self.rng.f64() < PUT_OFF {
                put_off.push((to, posted));
            } else if let Some((agent, verdicts)) = self.agents.get_mut(to).zip(verdicts.get_mut(to))
                && agent.key != posted.statement.reporter
            {
                agent.take(&posted, now, verdicts);
            }
        }
        self.late = put_off;
        for (agent, verdicts) in self.agents.iter_mut().zip(verdicts) {
            agent.fetch(now, verdicts);
        }
    }

    /// Likes and disputes reach the ledger, and what they make of karma everybody.
    fn vote(&mut self, verdicts: Vec<Verdicts>) {
        let now = self.now().as_second();
        let voters: Vec<PeerKey> = self.agents.iter().map(|agent| agent.key).collect();
        for (voter, Verdicts { likes, disputes }) in voters.into_iter().zip(verdicts) {
            let likes = likes.into_iter().map(|post| (VerdictKind::Like, post));
            for (kind, post) in likes.chain(disputes.into_iter().map(|post| (VerdictKind::Dispute, post))) {
                self.measure.verdicts += usize::from(self.ledger.give(kind, voter, post, now));
            }
        }
        let changed: Vec<(PeerKey, Karma)> = self
            .karma
            .iter()
            .map(|(peer, before)| (*peer, *before, self.ledger.karma(peer)))
            .filter(|(_, before, karma)| before != karma)
            .map(|(peer, _, karma)| (peer, karma))
            .collect();
        for (peer, karma) in changed {
            self.karma.insert(peer, karma);
            for agent in &mut self.agents {
                // What has earned a like by that is liked with the next post about it.
                agent.learn(peer, karma, &mut Verdicts::default());
            }
        }
    }

    /// Rings and sybils like each other.
    fn conspire(&mut self, posted: &[Posted]) {
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

    fn is_believed(&self, key: &PeerKey) -> bool {
        self.karma.get(key).is_some_and(|karma| karma.0 >= 50)
    }
}

fn peer(key: PeerKey, karma: Karma) -> Peer {
    Peer { key, active: true, karma, endpoint: String::new(), joined: Timestamp::UNIX_EPOCH }
}
