//! What is simulated.

use std::num::NonZeroUsize;

use jiff::SignedDuration;
use sentinel_agent::{
    domain::Karma,
    trust::{Policy, Quorum},
};

use super::Crowd;

/// Waves in which sybils join.
pub(super) const WAVES: usize = 2;

/// A network, its adversaries, and how long it is watched.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// Of it depends all that is random.
    pub seed: u64,
    /// How long.
    pub days: usize,
    /// Honest peers that founded the network.
    pub founders: usize,
    /// Honest peers that join it at the beginning, without karma.
    pub newcomers: usize,
    /// Everybody else.
    pub crowd: Crowd,
    /// Attackers a day.
    pub attackers: usize,
    /// How many words it takes; none: as by default.
    pub words: Option<NonZeroUsize>,
}

impl Scenario {
    /// How many peers there ever are.
    #[must_use]
    pub fn peers(&self) -> usize {
        let Crowd { liars, copycats, ring, garbage, turncoats, farmers, wave, addresses: _ } = self.crowd;
        let hostile = liars + copycats + ring + garbage + turncoats + farmers + WAVES * wave;
        self.founders + self.newcomers + hostile
    }

    /// What every honest operator has configured.
    pub(super) fn policy(&self) -> Policy {
        Policy {
            min_karma: Karma(50),
            min_reporters: self.words.map_or(Quorum::Auto, Quorum::Of),
            min_events: 3,
            max_attackers: 1000,
            max_age: SignedDuration::from_hours(24),
            lasts: SignedDuration::from_hours(4),
            pinned: [].into(),
            banned: [].into(),
        }
    }
}
