//! What another policy would have made of the same past.

use std::collections::BTreeMap;

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Decision, Docket, Event, Policy, Touched};
use crate::domain::PeerKey;

/// For how long peers' words blocked somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// When peers' words blocked one network, and when they would have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Who that is.
    pub network: IpNetwork,
    /// As it happened.
    pub was: Vec<Span>,
    /// As it would have been.
    pub would: Vec<Span>,
}

/// What comes of going through the past again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// What happened is known since then.
    pub since: Option<Timestamp>,
    /// Posts that were gone through.
    pub posts: usize,
    /// Networks that peers' words blocked as it happened.
    pub was_blocked: usize,
    /// Those that they would have blocked.
    pub would_block: usize,
    /// The networks for which it makes a difference.
    pub differences: Vec<Difference>,
}

/// Spans in the making.
#[derive(Default)]
struct Spans(BTreeMap<IpNetwork, Vec<Span>>);

impl Spans {
    /// From now on it is blocked until then.
    fn block(&mut self, network: IpNetwork, since: Timestamp, until: Timestamp) {
        if until <= since {
            return self.release(network, since);
        }
        let spans = self.0.entry(network).or_default();
        match spans.last_mut().filter(|last| last.until >= since) {
            Some(last) => last.until = until,
            None => spans.push(Span { since, until }),
        }
    }

    /// From now on it is not blocked.
    fn release(&mut self, network: IpNetwork, now: Timestamp) {
        if let Some(last) = self.0.get_mut(&network).and_then(|spans| spans.last_mut()) {
            last.until = last.until.min(now);
        }
    }

    fn of(&self, network: IpNetwork) -> Vec<Span> {
        self.0.get(&network).cloned().unwrap_or_default()
    }

    /// What lasted no time was not.
    fn done(mut self) -> Self {
        for spans in self.0.values_mut() {
            spans.retain(|span| span.until > span.since);
        }
        self.0.retain(|_, spans| !spans.is_empty());
        self
    }
}

/// Goes through what happened, the oldest first, with another policy.
#[must_use]
pub fn replay(events: &[(Timestamp, Event)], policy: Policy, me: PeerKey) -> Replay {
    let mut docket = Docket::new(policy, me);
    remember_before(&mut docket, events);
    let (mut was, mut would) = (Spans::default(), Spans::default());
    for (at, event) in events {
        match event {
            Event::Blocked { network, until } => was.block(*network, *at, *until),
            Event::Released { network } => was.release(*network, *at),
            Event::Dismissed { network } => {
                was.release(*network, *at);
                would.release(*network, *at);
                let _ = docket.take(event);
            }
            other => decide(&mut docket, other, *at, &mut would),
        }
    }
    let (was, would) = (was.done(), would.done());
    let mut networks: Touched = was.0.keys().copied().collect();
    networks.extend(would.0.keys());
    let difference = |network: &IpNetwork| Difference {
        network: *network,
        was: was.of(*network),
        would: would.of(*network),
    };
    let differences = networks.iter().map(difference).filter(|difference| difference.was != difference.would);
    Replay {
        since: events.first().map(|(at, _)| *at),
        posts: events.iter().filter(|(_, event)| matches!(event, Event::Heard(_))).count(),
        was_blocked: was.0.len(),
        would_block: would.0.len(),
        differences: differences.collect(),
    }
}

/// What the ledger said of peers before the first change that is known.
fn remember_before(docket: &mut Docket, events: &[(Timestamp, Event)]) {
    let mut first = BTreeMap::new();
    for (_, event) in events {
        if let Event::Learned { peer, was, .. } = event {
            first.entry(*peer).or_insert(*was);
        }
    }
    for (peer, was) in first {
        let _ = docket.learn(peer, was);
    }
}

fn decide(docket: &mut Docket, event: &Event, at: Timestamp, would: &mut Spans) {
    for network in docket.take(event) {
        let ruling = docket.ruling(network);
        match ruling.decision {
            // What ends before it could begin, and what rests on this agent's word alone, is no peer's block.
            Decision::Block { .. } => {
                let words = ruling.proof().map(|word| word.posted).max();
                let until = words.and_then(|last| last.checked_add(docket.policy().lasts).ok());
                would.block(network, at, until.unwrap_or(at));
            }
            Decision::Wait { .. } => would.release(network, at),
        }
    }
    docket.forget(at);
}
