//! An honest peer: what its agent hears, decides, likes and disputes.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};
use sentinel_agent::{
    domain::{Karma, PeerKey, PostId},
    trust::{Decision, Docket, Doubt, Event, Member, Policy, Statement, Touched},
};

/// Logs of newcomers that an agent fetches in an hour, of all together and of one, as the daemon does.
const NEWCOMERS_LOGS: usize = 60;
const NEWCOMERS_LOGS_OF_ONE: usize = 6;
/// Disputes of one reporter's posts within a day, likewise.
const DISPUTES_A_DAY: usize = 2;
/// How long an own block lasts.
const OWN_BLOCK: SignedDuration = SignedDuration::from_hours(4);

/// A post on its way to everybody.
#[derive(Clone, Debug)]
pub(super) struct Posted {
    pub(super) statement: Statement,
    /// Whether its log proves what it says: one that does not is disputed by whoever fetches it.
    pub(super) is_evidence: bool,
}

/// What an agent sends to the ledger because of a post.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdicts {
    pub(super) likes: Vec<PostId>,
    pub(super) disputes: Vec<PostId>,
}

/// An honest peer.
pub(super) struct Agent {
    pub(super) key: PeerKey,
    /// What share of attackers comes by.
    pub(super) reach: f64,
    pub(super) docket: Docket,
    /// Innocents that this operator knows.
    pub(super) knows: BTreeSet<IpNetwork>,
    /// Until when others' words block somebody here.
    pub(super) blocked: HashMap<IpNetwork, Timestamp>,
    own: HashMap<IpNetwork, Timestamp>,
    /// Newcomers' posts whose logs it has yet to fetch.
    waiting: VecDeque<Posted>,
    fetched: VecDeque<(Timestamp, PeerKey)>,
    disputed: BTreeMap<PeerKey, Vec<Timestamp>>,
}

impl Agent {
    pub(super) fn new(key: PeerKey, reach: f64, policy: Policy) -> Self {
        Self {
            key,
            reach,
            docket: Docket::new(policy, key),
            knows: BTreeSet::new(),
            blocked: HashMap::new(),
            own: HashMap::new(),
            waiting: VecDeque::new(),
            fetched: VecDeque::new(),
            disputed: BTreeMap::new(),
        }
    }

    /// Whether an attacker does not get through.
    pub(super) fn drops(&self, network: IpNetwork, now: Timestamp) -> bool {
        let holds = |until: Option<&Timestamp>| until.is_some_and(|until| *until > now);
        holds(self.blocked.get(&network)) || holds(self.own.get(&network))
    }

    /// Detects an attacker that came by.
    pub(super) fn see(&mut self, network: IpNetwork, now: Timestamp, verdicts: &mut Verdicts) {
        self.own.insert(network, now + OWN_BLOCK);
        let touched = self.docket.see(network, now);
        self.settle(&touched, None, verdicts);
    }

    /// Takes note of what it posted itself.
    pub(super) fn said(&mut self, statement: Statement) {
        let _ = self.docket.hear(statement);
    }

    /// A post is on the ledger: heard at once from whom it believes, of others when there is time.
    pub(super) fn take(&mut self, posted: &Posted, now: Timestamp, verdicts: &mut Verdicts) {
        match self.docket.belief(&posted.statement.reporter) {
            Ok(_) => self.hear(posted, verdicts),
            Err(Doubt::LowKarma { .. }) => self.waiting.push_back(posted.clone()),
            Err(_) => {}
        }
        let age = self.docket.policy().max_age;
        while self.waiting.front().is_some_and(|oldest| now.duration_since(oldest.statement.posted) > age) {
            self.waiting.pop_front();
        }
    }

    /// Fetches what newcomers posted, as much as it may.
    pub(super) fn fetch(&mut self, now: Timestamp, verdicts: &mut Verdicts) {
        self.docket.forget(now);
        let hour = SignedDuration::from_hours(1);
        while self.fetched.front().is_some_and(|(at, _)| now.duration_since(*at) >= hour) {
            self.fetched.pop_front();
        }
        let mut of_each: BTreeMap<PeerKey, usize> = BTreeMap::new();
        for (_, reporter) in &self.fetched {
            *of_each.entry(*reporter).or_default() += 1;
        }
        let mut kept = VecDeque::new();
        while let Some(posted) = self.waiting.pop_front() {
            let of_one = of_each.entry(posted.statement.reporter).or_default();
            if self.fetched.len() >= NEWCOMERS_LOGS {
                kept.push_back(posted);
                break;
            }
            if *of_one >= NEWCOMERS_LOGS_OF_ONE {
                kept.push_back(posted);
                continue;
            }
            *of_one += 1;
            self.fetched.push_back((now, posted.statement.reporter));
            self.hear(&posted, verdicts);
        }
        kept.append(&mut self.waiting);
        self.waiting = kept;
    }

    /// Learns what the ledger says of a peer now.
    pub(super) fn learn(&mut self, peer: PeerKey, karma: Karma, verdicts: &mut Verdicts) {
        let touched = self.docket.learn(peer, Some(Member { karma, active: true }));
        self.settle(&touched, None, verdicts);
    }

    fn hear(&mut self, posted: &Posted, verdicts: &mut Verdicts) {
        let Posted { statement, is_evidence } = posted;
        let is_false = !is_evidence || statement.networks().any(|network| self.knows.contains(&network));
        if is_false {
            self.dispute(statement, verdicts);
        }
        if *is_evidence {
            let touched = self.docket.hear(statement.clone());
            self.settle(&touched, Some(statement.post), verdicts);
        }
    }

    /// Disputes a post, unless it did so with enough of the reporter's within a day.
    fn dispute(&mut self, statement: &Statement, verdicts: &mut Verdicts) {
        let day = SignedDuration::from_hours(24);
        let disputed = self.disputed.entry(statement.reporter).or_default();
        disputed.retain(|at| statement.posted.duration_since(*at) < day);
        if disputed.len() < DISPUTES_A_DAY {
            disputed.push(statement.posted);
            verdicts.disputes.push(statement.post);
        }
    }

    /// Blocks and likes what follows by now.
    fn settle(&mut self, touched: &Touched, heard: Option<PostId>, verdicts: &mut Verdicts) {
        for network in touched {
            match self.docket.ruling(*network).decision {
                Decision::Block { until, .. } => self.blocked.insert(*network, until),
                Decision::Wait { .. } => self.blocked.remove(network),
            };
        }
        for post in self.docket.praiseworthy(touched, heard) {
            let _ = self.docket.take(&Event::Praised { post });
            verdicts.likes.push(post);
        }
    }
}
