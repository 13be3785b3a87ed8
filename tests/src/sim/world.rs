//! A network and its history, step by step.

mod acts;
mod farm;

use std::collections::BTreeMap;

use fastrand::Rng;
use jiff::Timestamp;
use sentinel_agent::domain::{Census, Karma, Peer, PeerKey};
use sentinel_interface::VerdictKind;

use super::{
    Cost, Crowd, DAY, Ledger, Outcome, STEP, Scenario,
    actors::{Hostile, INNOCENTS, Kind},
    agent::{Agent, Posted, Verdicts},
    attackers::{Attacker, innocent},
    measure::Measure,
    scenario::WAVES,
};
use farm::Farm;

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
    farm: Farm,
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
        let (measure, farm) = (Measure::new(&scenario), Farm::new(scenario.crowd.addresses));
        let mut world = Self {
            scenario,
            ledger,
            rng,
            step: 0,
            agents: Vec::new(),
            hostile: Vec::new(),
            attackers: Vec::new(),
            farm,
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
        let census = Census::from(peers);
        for agent in &mut self.agents {
            let _ = agent.docket.meet(&census);
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
        let lies = self.lie(&posted);
        posted.extend(lies);
        posted.extend(self.farm());
        self.deliver(&posted, &mut verdicts);
        self.measure.look_for_innocents(self.now(), &self.agents);
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

    fn is_believed(&self, key: &PeerKey) -> bool {
        self.karma.get(key).is_some_and(|karma| karma.0 >= 50)
    }
}

fn peer(key: PeerKey, karma: Karma) -> Peer {
    Peer { key, active: true, karma, endpoint: String::new(), joined: Timestamp::UNIX_EPOCH }
}
