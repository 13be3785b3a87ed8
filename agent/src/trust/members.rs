//! The ledger's peers, as far as trust goes by them.

use std::collections::{HashMap, HashSet};

use super::{Event, Member, Policy, Unproven, draw::Voters};
use crate::domain::{Census, PeerKey, PostId};

/// Censuses, one every five minutes, for which an endpoint may be silent before those that answer are enough: an hour.
pub(super) const PARTIAL: u32 = 12;
/// Changes of one census that are written down of those who have said nothing, more than any quorum asks.
const MAX_NEWS: usize = 256;

/// What the ledger says of all peers, and how many of them this operator believes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Members {
    me: PeerKey,
    known: HashMap<PeerKey, Known>,
    /// The best that is said of those on whom the ledger's endpoints disagree, and of whom nothing is known.
    doubted: HashMap<PeerKey, Member>,
    /// How many others are believed, or might be.
    believed: usize,
    voters: Voters,
    /// Censuses in a row for which some endpoint was silent.
    partial: u32,
}

/// What is known of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    member: Member,
    /// What all endpoints said last, when all were heard.
    firm: Option<Member>,
}

/// What is known after a census.
struct After {
    known: HashMap<PeerKey, Known>,
    doubted: HashMap<PeerKey, Member>,
    partial: u32,
}

impl Members {
    pub(super) fn new(me: PeerKey) -> Self {
        Self {
            me,
            known: HashMap::new(),
            doubted: HashMap::new(),
            believed: 0,
            voters: Voters::default(),
            partial: 0,
        }
    }

    pub(super) fn me(&self) -> &PeerKey {
        &self.me
    }

    pub(super) fn of(&self, peer: &PeerKey) -> Option<Member> {
        self.known.get(peer).map(|known| known.member)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// What the census makes different of those who were heard, and of others who are or were believed; of these so many at
    /// the most, since an endpoint may invent peers without end.
    pub(super) fn news(
        &self,
        census: &Census,
        policy: &Policy,
        was_heard: impl Fn(&PeerKey) -> bool,
    ) -> Vec<Event> {
        let there = self.after(census).known;
        let peers: HashSet<&PeerKey> = there.keys().chain(self.known.keys()).collect();
        let is_believed = |peer, member| policy.belief(peer, member).is_ok();
        let mut others = 0;
        let news = peers.into_iter().filter_map(|peer| {
            let (was, is) = (self.of(peer), there.get(peer).map(|known| known.member));
            let is_other = !was_heard(peer);
            let is_told =
                !is_other || (others < MAX_NEWS && (is_believed(peer, was) || is_believed(peer, is)));
            others += usize::from(is_other && is_told && was != is);
            (was != is && is_told).then_some(Event::Learned { peer: *peer, was, is })
        });
        news.collect()
    }

    /// How many others are believed, or might be.
    pub(super) fn believed(&self) -> usize {
        self.believed
    }

    /// Whether it is up to this agent to like a post of this newcomer.
    pub(super) fn draw(&self, reporter: &PeerKey, post: PostId) -> Result<(), Unproven> {
        self.voters.draw(&self.me, reporter, post)
    }

    /// Takes note of all there are.
    pub(super) fn replace(&mut self, census: &Census, policy: &Policy) {
        let After { known, doubted, partial } = self.after(census);
        (self.known, self.doubted, self.partial) = (known, doubted, partial);
        self.voters = self.known.iter().map(|(peer, known)| (*peer, known.member)).collect();
        self.count(policy);
    }

    /// What is known after a census. Of those on whom endpoints disagree, what all had agreed on is kept; and so it is of all
    /// while an endpoint is silent, unless that lasts.
    fn after(&self, Census { agreed, disagreed, is_complete }: &Census) -> After {
        let partial = if *is_complete { 0 } else { self.partial.saturating_add(1) };
        let firm = |peer: &PeerKey| {
            let member = self.known.get(peer)?.firm.filter(|_| partial < PARTIAL)?;
            Some(Known { member, firm: Some(member) })
        };
        let mut known: HashMap<PeerKey, Known> = HashMap::new();
        if !is_complete {
            known.extend(self.known.keys().filter_map(|peer| Some((*peer, firm(peer)?))));
        }
        for peer in agreed {
            let member = peer.into();
            let said = Known { member, firm: is_complete.then_some(member) };
            let kept = firm(&peer.key).filter(|_| !is_complete);
            known.insert(peer.key, kept.unwrap_or(said));
        }
        let mut doubted = HashMap::new();
        for peer in disagreed {
            match firm(&peer.key) {
                Some(kept) => drop(known.insert(peer.key, kept)),
                None => drop(doubted.insert(peer.key, peer.into())),
            }
        }
        After { known, doubted, partial }
    }

    /// Takes note of one; none when it is no peer.
    pub(super) fn learn(&mut self, peer: PeerKey, member: Option<Member>, policy: &Policy) {
        let before = self.counts(&peer, policy);
        self.doubted.remove(&peer);
        match member {
            Some(member) => {
                let known = self.known.entry(peer).or_insert(Known { member, firm: None });
                known.member = member;
            }
            None => drop(self.known.remove(&peer)),
        }
        self.believed = self.believed + self.counts(&peer, policy) - before;
        self.voters.learn(peer, member);
    }

    /// Counts who is believed by this policy.
    pub(super) fn count(&mut self, policy: &Policy) {
        self.believed =
            self.known.keys().chain(self.doubted.keys()).map(|peer| self.counts(peer, policy)).sum();
    }

    /// 1 for another peer that is believed, or might be, else 0.
    fn counts(&self, peer: &PeerKey, policy: &Policy) -> usize {
        let member = self.of(peer).or_else(|| self.doubted.get(peer).copied());
        usize::from(*peer != self.me && policy.belief(peer, member).is_ok())
    }
}
