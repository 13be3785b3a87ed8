//! The ledger: who is a peer, and what karma its posts brought it, by the program's own rules.

use std::collections::{HashMap, HashSet};

use sentinel_agent::domain::{FileHash, Karma, PeerKey, PostId};
use sentinel_interface::{Opinions, Parameters, State, VerdictKind};

/// What a network of peers does on a ledger.
pub trait Ledger {
    /// A peer joins, with karma that the authority vouches for.
    fn join(&mut self, peer: PeerKey, granted: u64);
    /// A peer posts about a log.
    fn post(&mut self, owner: PeerKey, log: FileHash, now: i64) -> PostId;
    /// A peer gives its verdict on a post; whether the program takes it.
    fn give(&mut self, kind: VerdictKind, voter: PeerKey, post: PostId, now: i64) -> bool;
    /// A peer's karma now.
    fn karma(&self, peer: &PeerKey) -> Karma;
    /// Whether the peer would get its bond back.
    fn is_in_good_standing(&self, peer: &PeerKey) -> bool;
    /// Where the adversary's money goes: the rules of the network.
    fn parameters(&self) -> &Parameters;
}

struct Member {
    granted: u64,
    opinions: Opinions,
}

/// The pure rules, without a program around them: fast enough for thousands of peers.
pub struct Rules {
    state: State,
    members: HashMap<PeerKey, Member>,
    posts: HashMap<PostId, (PeerKey, u64)>,
    given: HashSet<(VerdictKind, PeerKey, PostId)>,
}

impl Rules {
    /// A network that was founded at `now` with these rules.
    #[must_use]
    pub fn new(parameters: Parameters, now: i64) -> Self {
        let state = State { authority: [0; 32], cycle_index: 0, cycle_start: now, parameters, bump: 0 };
        Self { state, members: HashMap::new(), posts: HashMap::new(), given: HashSet::new() }
    }

    fn cycle(&self, now: i64) -> u64 {
        self.state.cycle_at(now).expect("cycles that last some time")
    }
}

impl Ledger for Rules {
    fn join(&mut self, peer: PeerKey, granted: u64) {
        self.members.insert(peer, Member { granted, opinions: Opinions::NONE });
    }

    fn post(&mut self, owner: PeerKey, log: FileHash, now: i64) -> PostId {
        let id = PostId(FileHash::of(&[owner.0, log.0].concat()).0);
        self.posts.insert(id, (owner, self.cycle(now)));
        id
    }

    fn give(&mut self, kind: VerdictKind, voter: PeerKey, post: PostId, now: i64) -> bool {
        let Some((owner, cycle)) = self.posts.get(&post).copied() else { return false };
        let is_open = self.state.takes_verdicts(cycle, now).expect("cycles that last some time");
        if owner == voter || !is_open || !self.given.insert((kind, voter, post)) {
            return false;
        }
        let parameters = self.state.parameters;
        if parameters.lets_vote(self.karma(&voter).0)
            && let Some(member) = self.members.get_mut(&owner)
        {
            member.opinions = member.opinions.after(kind, &voter.0, &parameters);
        }
        true
    }

    fn karma(&self, peer: &PeerKey) -> Karma {
        Karma(self.members.get(peer).map_or(0, |member| member.opinions.karma(member.granted)))
    }

    fn is_in_good_standing(&self, peer: &PeerKey) -> bool {
        self.members.get(peer).is_none_or(|member| member.opinions.is_good_standing())
    }

    fn parameters(&self) -> &Parameters {
        &self.state.parameters
    }
}
