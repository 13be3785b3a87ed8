//! Who attacked before: they are blocked for longer each time, up to a limit, and forgiven little by little.

use hashlink::LruCache;
use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};

use crate::domain::Offence;

/// Networks that are remembered; who has attacked least recently is forgotten first.
pub const MAX_OFFENDERS: usize = 100_000;

/// How the length of a block follows from how often a network attacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// How long the first block lasts.
    pub first: SignedDuration,
    /// By how much each later one is longer; 1 for not at all.
    pub growth: u32,
    /// The longest that a block becomes.
    pub longest: SignedDuration,
    /// How long a network must be free of blocks, without a break, for one strike to be forgiven.
    pub forget_after: SignedDuration,
}

impl Escalation {
    /// How long the block lasts that so many strikes bring.
    #[must_use]
    pub fn duration(&self, strikes: u32) -> SignedDuration {
        let factor = self.growth.saturating_pow(strikes.saturating_sub(1));
        let grown = self.first.saturating_mul(i32::try_from(factor).unwrap_or(i32::MAX));
        grown.min(self.longest).max(self.first)
    }

    /// The strikes that are left by `now`. While the block lasts, none is forgiven.
    fn left(&self, offence: Offence, now: Timestamp) -> u32 {
        let free = now.duration_since(offence.until).as_millis().max(0);
        let forgiven = free.checked_div(self.forget_after.as_millis()).unwrap_or_default();
        offence.strikes.saturating_sub(u32::try_from(forgiven).unwrap_or(u32::MAX))
    }
}

/// What an attack brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Sentence {
    /// When the block ends that the attack brings.
    pub until: Timestamp,
    /// How the attacker stands now.
    pub offence: Offence,
    /// Who had to be forgotten to remember this one.
    pub forgotten: Option<IpNetwork>,
}

/// The networks that this agent detected, with their strikes.
#[derive(Debug)]
pub struct Offenders {
    escalation: Escalation,
    offences: LruCache<IpNetwork, Offence>,
}

impl Offenders {
    /// Nobody has attacked yet.
    #[must_use]
    pub fn new(escalation: Escalation) -> Self {
        Self { escalation, offences: LruCache::new_unbounded() }
    }

    /// Takes back what was remembered of a network before a restart; those that attacked last come last.
    pub fn restore(&mut self, network: IpNetwork, offence: Offence) -> Option<IpNetwork> {
        self.offences.insert(network, offence);
        self.make_room()
    }

    /// Judges an attack that was seen last at `last`; nothing when its block would be over by `now`.
    ///
    /// `blocked` tells until when the network is blocked at the moment, for whatever reason: then the attack is no new
    /// strike.
    pub fn judge(
        &mut self,
        network: IpNetwork,
        last: Timestamp,
        now: Timestamp,
        blocked: Option<Timestamp>,
    ) -> Option<Sentence> {
        let known = self.offences.get(&network).copied();
        let strikes = match known.map(|offence| self.escalation.left(offence, now)).filter(|left| *left > 0) {
            None => 1,
            Some(strikes) if blocked.is_some() => strikes,
            Some(left) => left.saturating_add(1),
        };
        let until = last.saturating_add(self.escalation.duration(strikes)).unwrap_or(Timestamp::MAX);
        if until <= now {
            return None;
        }
        let offence = Offence { strikes, until: blocked.map_or(until, |blocked| blocked.max(until)) };
        self.offences.insert(network, offence);
        Some(Sentence { until, offence, forgotten: self.make_room() })
    }

    /// The block of `network` ends at `until` now, whoever is the reason: nothing is forgiven before. Gives back how
    /// the network stands if that changes anything.
    pub fn block_changed(&mut self, network: IpNetwork, until: Timestamp, now: Timestamp) -> Option<Offence> {
        let offence = self.offences.peek_mut(&network)?;
        let strikes = self.escalation.left(*offence, now);
        let changed = Offence { strikes, until };
        if strikes == 0 || changed == *offence {
            return None;
        }
        *offence = changed;
        Some(changed)
    }

    fn make_room(&mut self) -> Option<IpNetwork> {
        let is_full = self.offences.len() > MAX_OFFENDERS;
        is_full.then(|| self.offences.remove_lru()).flatten().map(|(network, _)| network)
    }

    /// Forgets what a network did; whether there was anything to forget.
    pub fn forgive(&mut self, network: IpNetwork) -> bool {
        self.offences.remove(&network).is_some()
    }

    /// Names whom nothing is left of by `now`, at most `limit`, and forgets them. One that attacked earlier and has
    /// more strikes may hold up others, who are forgiven all the same.
    pub fn forget(&mut self, now: Timestamp, limit: usize) -> Vec<IpNetwork> {
        let mut forgotten = Vec::new();
        while forgotten.len() < limit
            && self
                .offences
                .iter()
                .next()
                .is_some_and(|(_, offence)| self.escalation.left(*offence, now) == 0)
        {
            forgotten.extend(self.offences.remove_lru().map(|(network, _)| network));
        }
        forgotten
    }

    /// The wall clock was set by so much: nobody is forgiven sooner or later for it.
    pub fn clock_set(&mut self, by: SignedDuration) {
        for (_, offence) in self.offences.iter_mut() {
            offence.until = offence.until.saturating_add(by).unwrap_or(offence.until);
        }
    }

    /// What is remembered of a network.
    #[must_use]
    pub fn get(&self, network: IpNetwork) -> Option<Offence> {
        self.offences.peek(&network).copied()
    }

    /// How many networks are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offences.len()
    }

    /// Whether nobody is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offences.is_empty()
    }
}

#[cfg(test)]
mod tests;
