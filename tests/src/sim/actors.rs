//! Adversaries: what each kind posts and likes.

use fastrand::Rng;
use ipnetwork::IpNetwork;
use sentinel_agent::domain::PeerKey;

use super::{
    DAY, HOUR,
    agent::Posted,
    attackers::{innocent, invented},
};

/// Innocents that are accused, all by all liars, so that their words add up.
pub(super) const INNOCENTS: u32 = 20;

/// How many there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Crowd {
    /// Accuse innocents, from the first day on.
    pub liars: usize,
    /// Post again what others posted, within the same second if they can, to be liked for it, and accuse innocents once they
    /// are believed.
    pub copycats: usize,
    /// Accuse whom nobody knows, like each other's posts, and accuse innocents once they are believed.
    pub ring: usize,
    /// Post logs that prove nothing, and list mirrors that serve garbage.
    pub garbage: usize,
    /// Long-honest peers that turn on the same day and accuse innocents.
    pub turncoats: usize,
    /// Attack honest peers themselves, from addresses of their own which they report before; once two of them are believed,
    /// those accuse all innocents together.
    pub farmers: usize,
    /// Addresses that these have together.
    pub addresses: usize,
    /// Peers that join at once on some days, accuse the same innocents, and like each other.
    pub wave: usize,
}

/// A kind of adversary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Liar,
    Copycat,
    Ring,
    Garbage,
    Farmer,
    Sybil,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Liar => "liars",
            Self::Copycat => "copycats",
            Self::Ring => "ring",
            Self::Garbage => "garbage",
            Self::Farmer => "farmers",
            Self::Sybil => "sybils",
        }
    }
}

/// An adversary.
pub(super) struct Hostile {
    pub(super) key: PeerKey,
    pub(super) kind: Kind,
    /// The step of its first post.
    pub(super) since: usize,
}

/// What an adversary posts.
pub(super) struct Lie {
    pub(super) accused: Vec<IpNetwork>,
    pub(super) is_evidence: bool,
}

impl Lie {
    fn of(accused: Vec<IpNetwork>) -> Self {
        Self { accused, is_evidence: true }
    }
}

impl Hostile {
    /// What it posts in this step; `fresh` is what others post in it, `recent` what they posted before, `is_believed` whether
    /// its karma is enough by now.
    pub(super) fn post(
        &self,
        step: usize,
        is_believed: bool,
        fresh: &[Posted],
        recent: &[Posted],
        rng: &mut Rng,
    ) -> Option<Lie> {
        let passed = step.checked_sub(self.since)?;
        let each = |pause: usize| (passed + usize::from(self.key.0[1]) % pause).is_multiple_of(pause);
        match self.kind {
            // What these do depends on what all of them have reached.
            Kind::Farmer => None,
            Kind::Liar => each(6 * HOUR).then(|| Lie::of(innocents(rng))),
            _ if is_believed => each(HOUR).then(|| Lie::of(innocents(rng))),
            Kind::Copycat if each(2 * HOUR) => copy(if fresh.is_empty() { recent } else { fresh }, rng),
            Kind::Ring if each(6 * HOUR) => Some(Lie::of(vec![invented(rng.u32(..))])),
            Kind::Garbage if each(12 * HOUR) => {
                Some(Lie { accused: vec![invented(rng.u32(..))], is_evidence: false })
            }
            Kind::Sybil if passed == 0 || each(DAY) => Some(Lie::of(innocents(rng))),
            _ => None,
        }
    }
}

/// Some of the innocents that all liars accuse.
pub(super) fn innocents(rng: &mut Rng) -> Vec<IpNetwork> {
    (0..3).map(|_| innocent(rng.u32(0..INNOCENTS))).collect()
}

fn copy(recent: &[Posted], rng: &mut Rng) -> Option<Lie> {
    let posted = recent.get(rng.usize(0..recent.len().max(1)))?;
    Some(Lie::of(posted.statement.networks().collect()))
}
