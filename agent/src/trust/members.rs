//! The ledger's peers, as far as trust goes by them.

use std::collections::{HashMap, HashSet};

use super::{Event, Member, Policy, Unproven, draw::Voters};
use crate::domain::{Census, PeerKey, PostId};

/// What the ledger says of all peers, and how many of them this operator believes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Members {
    me: PeerKey,
    known: HashMap<PeerKey, Member>,
    /// The best that is said of those on whom the ledger's endpoints disagree, and of whom nothing is known.
    doubted: HashMap<PeerKey, Member>,
    /// How many others are believed, or might be.
    believed: usize,
    voters: Voters,
}

impl Members {
    pub(super) fn new(me: PeerKey) -> Self {
        Self { me, known: HashMap::new(), doubted: HashMap::new(), believed: 0, voters: Voters::default() }
    }

    pub(super) fn me(&self) -> &PeerKey {
        &self.me
    }

    pub(super) fn of(&self, peer: &PeerKey) -> Option<Member> {
        self.known.get(peer).copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// What these peers are otherwise than known.
    pub(super) fn news(&self, Census { agreed, disagreed }: &Census) -> Vec<Event> {
        let there: HashMap<PeerKey, Member> = agreed.iter().map(|peer| (peer.key, peer.into())).collect();
        let doubted: HashSet<PeerKey> = disagreed.iter().map(|peer| peer.key).collect();
        let is_gone = |peer: &&PeerKey| !there.contains_key(*peer) && !doubted.contains(*peer);
        let gone = self.known.keys().filter(is_gone).map(|peer| (*peer, None));
        let all = there.iter().map(|(peer, member)| (*peer, Some(*member))).chain(gone);
        let news = all.filter_map(|(peer, is)| {
            let was = self.of(&peer);
            (was != is).then_some(Event::Learned { peer, was, is })
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

    /// Takes note of all there are; of those who are doubted what was known before is kept.
    pub(super) fn replace(&mut self, Census { agreed, disagreed }: &Census, policy: &Policy) {
        let before = std::mem::take(&mut self.known);
        self.known = agreed.iter().map(|peer| (peer.key, peer.into())).collect();
        self.doubted.clear();
        for peer in disagreed {
            match before.get(&peer.key) {
                Some(member) => self.known.insert(peer.key, *member),
                None => self.doubted.insert(peer.key, peer.into()),
            };
        }
        self.voters = self.known.iter().map(|(peer, member)| (*peer, *member)).collect();
        self.count(policy);
    }

    /// Takes note of one; none when it is no peer.
    pub(super) fn learn(&mut self, peer: PeerKey, member: Option<Member>, policy: &Policy) {
        let before = self.counts(&peer, policy);
        self.doubted.remove(&peer);
        match member {
            Some(member) => self.known.insert(peer, member),
            None => self.known.remove(&peer),
        };
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
