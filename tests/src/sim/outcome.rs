//! What became of a network.

use std::collections::BTreeMap;

use super::Cost;

/// One day of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Day {
    /// Blocks of innocents at honest peers: each innocent at each peer counts.
    pub innocents: usize,
    /// Share of the attackers of that day, seen by two or more, at the honest peers where they were blocked.
    pub blocked: f64,
    /// Honest newcomers that are believed by the end of the day, of all.
    pub newcomers: f64,
    /// Adversaries that are believed by then.
    pub hostile: usize,
}

/// An honest newcomer's way.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Newcomer {
    /// Posts that at least one other honest peer corroborated, until it was believed.
    pub corroborated: usize,
    /// Days until then; none when it never was.
    pub days: Option<f64>,
    /// Karma after each of those posts.
    pub karma: Vec<u64>,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Outcome {
    /// Honest peers.
    pub honest: usize,
    /// Day by day.
    pub days: Vec<Day>,
    /// Innocents that were blocked at some honest peer.
    pub innocents: usize,
    /// Honest peers at which any was.
    pub peers_with_innocents: usize,
    /// Attackers that two or more honest peers saw.
    pub attackers: usize,
    /// Of those and the honest peers, the pairs in which the attacker was blocked within the hour after.
    pub blocked: f64,
    /// Of those attackers, the share that was blocked so at 95 % of the honest peers.
    pub blocked_widely: f64,
    /// Attackers that came by a single honest peer only.
    pub seen_once: usize,
    /// The honest newcomers.
    pub newcomers: Vec<Newcomer>,
    /// Newcomers that attacked honest peers themselves, all their posts counted.
    pub farmers: Vec<Newcomer>,
    /// Addresses that these attacked from, each day of each.
    pub addresses: usize,
    /// Adversaries that were ever believed.
    pub believed_hostile: usize,
    /// Posts of all.
    pub posts: usize,
    /// Likes and disputes of all.
    pub verdicts: usize,
    /// What each kind of adversary paid.
    pub costs: BTreeMap<&'static str, Cost>,
}

impl Outcome {
    /// The most corroborated posts that any newcomer needed, or has made so far without being believed.
    #[must_use]
    pub fn slowest_newcomer(&self) -> usize {
        self.newcomers.iter().map(|newcomer| newcomer.corroborated).max().unwrap_or_default()
    }

    /// Newcomers that are believed by the end.
    #[must_use]
    pub fn believed_newcomers(&self) -> usize {
        self.newcomers.iter().filter(|newcomer| newcomer.days.is_some()).count()
    }

    /// What all adversaries paid together.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.costs.values().fold(Cost::default(), |all, cost| Cost {
            bonds: all.bonds + cost.bonds,
            spent: all.spent + cost.spent,
            locked: all.locked + cost.locked,
        })
    }
}
