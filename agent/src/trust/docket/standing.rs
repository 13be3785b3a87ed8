//! What the ledger and the operator say of reporters, and what that makes of their words.

use super::{Docket, Touched};
use crate::{
    domain::{Census, PeerKey},
    trust::{Event, Member, Policy, ruling::Voice},
};

impl Docket {
    /// Takes note of all peers that the ledger knows, and of those on whom its endpoints disagree, with the best that any of
    /// them says: of these what was known before is kept. They count as believed where that makes it take more words, so
    /// that no endpoint makes a network look small by hiding its peers.
    pub fn meet(&mut self, census: &Census) -> Touched {
        self.changing(|docket| docket.members.replace(census, &docket.policy))
    }

    /// Takes note of what the ledger says of one; none when it is no peer.
    pub fn learn(&mut self, peer: PeerKey, member: Option<Member>) -> Touched {
        if self.members.of(&peer) == member {
            return Touched::new();
        }
        let (needed, before) = (self.needed(), self.voice(&peer));
        self.members.learn(peer, member, &self.policy);
        if needed != self.needed() {
            self.shelve(&peer, before);
            return self.networks();
        }
        if before == self.voice(&peer) {
            return Touched::new();
        }
        self.shelve(&peer, before);
        self.networks_of(&peer)
    }

    /// Changes the policy.
    pub fn decide(&mut self, change: impl FnOnce(&mut Policy)) -> Touched {
        self.changing(|docket| {
            change(&mut docket.policy);
            docket.members.count(&docket.policy);
        })
    }

    /// Those who said something, or are or were believed, and of whom the ledger says something else than before, each with
    /// what it said; who is not named any more is no peer.
    #[must_use]
    pub fn news(&self, census: &Census) -> Vec<Event> {
        self.members.news(census, &self.policy, |peer| self.has_heard(peer))
    }

    /// Whether anything is kept that this peer said.
    #[must_use]
    pub fn has_heard(&self, peer: &PeerKey) -> bool {
        self.by_reporter.contains_key(peer)
    }

    fn networks_of(&self, reporter: &PeerKey) -> Touched {
        let posts = self.by_reporter.get(reporter).into_iter().flatten();
        posts.filter_map(|post| self.statements.get(post)).flat_map(|said| said.networks()).collect()
    }

    /// Does what may change how anybody's words count, or how many it takes.
    fn changing(&mut self, change: impl FnOnce(&mut Self)) -> Touched {
        let needed = self.needed();
        let voices: Vec<_> = self.by_reporter.keys().map(|peer| (*peer, self.voice(peer))).collect();
        change(self);
        let mut touched = Touched::new();
        for (peer, before) in voices {
            if before != self.voice(&peer) {
                touched.extend(self.networks_of(&peer));
                self.shelve(&peer, before);
            }
        }
        if needed != self.needed() { self.networks() } else { touched }
    }

    /// Puts the statements of a reporter, whose words counted so before, where they belong now.
    fn shelve(&mut self, reporter: &PeerKey, before: Option<Voice>) {
        let counted = before.is_some() || self.is_me(reporter);
        if counted == self.counts(reporter) {
            return;
        }
        let posts = self.by_reporter.get(reporter).into_iter().flatten();
        let statements: Vec<_> = posts.filter_map(|post| self.statements.get(post).cloned()).collect();
        for statement in statements {
            let (age, accused) = (statement.age(), statement.accused().len());
            let from = if counted { &mut self.believed } else { &mut self.others };
            from.take(age, accused);
            for network in statement.networks() {
                // The operator may have let it go since.
                if let Some(about) = self.about.get_mut(&network)
                    && about.take(&statement)
                {
                    about.put(&statement, !counted);
                }
            }
            for gone in self.shelf_of(reporter).put(age, accused) {
                let _ = self.withdraw(gone);
            }
        }
    }
}
