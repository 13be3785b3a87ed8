//! How much nonsense a source address may send: counted before anything is computed for it.

use super::super::{expiring::ExpiringMap, refusal::Refusal, source::Source};

/// Source addresses that are remembered; 2 MB when there are so many.
const MAX_SOURCES: usize = 16_384;
const MINUTE: i64 = 60;
/// Courtesies that a source gets for each refusal that it may cause.
const COURTESIES: usize = 5;

/// What became of a source's requests since a moment (Unix seconds); forgotten a minute after it.
#[derive(Debug, Default)]
struct Conduct {
    since: i64,
    refused: usize,
    courtesies: usize,
}

/// The sources that were refused something, or got something without proof, within the last minute.
#[derive(Debug)]
pub(super) struct Sources {
    refusals_per_minute: usize,
    conduct: ExpiringMap<Source, Conduct>,
}

impl Sources {
    pub(super) fn new(refusals_per_minute: usize) -> Self {
        Self { refusals_per_minute, conduct: ExpiringMap::new(MAX_SOURCES, 2 * MINUTE) }
    }

    /// Whether a request from `source` is worth looking at. One that is not is counted too.
    pub(super) fn check(&mut self, source: Source, now: i64) -> Result<(), Refusal> {
        let limit = self.refusals_per_minute;
        let Some(conduct) = self.conduct.get_mut(&source, now).filter(|conduct| conduct.refused >= limit)
        else {
            return Ok(());
        };
        conduct.refused = conduct.refused.saturating_add(1);
        Err(Refusal::Source { retry_after: (conduct.since + MINUTE).abs_diff(now) })
    }

    /// Whether a source went on after it was told to wait, as often as before: nothing more is said to it.
    pub(super) fn is_shut_out(&mut self, source: Source, now: i64) -> bool {
        let limit = self.refusals_per_minute.saturating_mul(2);
        self.conduct.get_mut(&source, now).is_some_and(|conduct| conduct.refused >= limit)
    }

    /// Counts something that led to nothing: a refused request, a handshake that failed.
    pub(super) fn blame(&mut self, source: Source, now: i64) {
        let conduct = self.of(source, now);
        conduct.refused = conduct.refused.saturating_add(1);
    }

    /// Counts an answer that costs little and that nobody has to prove anything for. There is more of these than of
    /// refusals; what is beyond is a refusal.
    pub(super) fn courtesy(&mut self, source: Source, now: i64) -> Result<(), Refusal> {
        let courtesies = self.refusals_per_minute.saturating_mul(COURTESIES);
        let is_shut_out = self.is_shut_out(source, now);
        let conduct = self.of(source, now);
        if conduct.courtesies < courtesies && !is_shut_out {
            conduct.courtesies += 1;
            return Ok(());
        }
        conduct.refused = conduct.refused.saturating_add(1);
        Err(Refusal::Source { retry_after: (conduct.since + MINUTE).abs_diff(now) })
    }

    fn of(&mut self, source: Source, now: i64) -> &mut Conduct {
        let since = self.conduct.get_mut(&source, now).map_or(now, |conduct| conduct.since);
        let conduct = self.conduct.touch(source, since + MINUTE, now);
        conduct.since = since;
        conduct
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const NOW: i64 = 1_795_000_000;

    fn source(text: &str) -> Source {
        Source::from(text.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn sixty_refused_requests_a_minute_close_the_door_to_their_source_alone() {
        let mut sources = Sources::new(60);
        let bad = source("2001:db8::1");
        for _ in 0..60 {
            assert_eq!(sources.check(bad, NOW), Ok(()));
            sources.blame(bad, NOW);
        }
        let neighbour_in_the_same_64 = source("2001:db8::2");
        assert_eq!(
            sources.check(neighbour_in_the_same_64, NOW + 20),
            Err(Refusal::Source { retry_after: 40 })
        );
        assert_eq!(sources.check(source("2001:db8:0:1::1"), NOW), Ok(()));
        assert_eq!(sources.check(bad, NOW + 60), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_shuts_nobody_out_for_longer() {
        let mut sources = Sources::new(60);
        let bad = source("203.0.113.7");
        (0..120).for_each(|_| sources.blame(bad, NOW));
        assert!(sources.is_shut_out(bad, NOW));
        assert!(!sources.is_shut_out(bad, NOW - 3600));
        assert_eq!(sources.check(bad, NOW - 3600), Ok(()));
    }

    #[test]
    fn three_hundred_courtesies_a_minute_are_answered_and_more_are_refusals() {
        let (mut sources, monitor) = (Sources::new(60), source("203.0.113.7"));
        for _ in 0..300 {
            assert_eq!(sources.courtesy(monitor, NOW), Ok(()));
        }
        assert_eq!(sources.check(monitor, NOW), Ok(()), "they are none");
        for _ in 0..60 {
            assert_eq!(sources.courtesy(monitor, NOW + 20), Err(Refusal::Source { retry_after: 40 }));
        }
        assert!(sources.check(monitor, NOW + 20).is_err());
        assert_eq!(sources.courtesy(source("203.0.113.8"), NOW + 20), Ok(()));
        assert_eq!(sources.courtesy(monitor, NOW + 60), Ok(()));
    }

    #[test]
    fn who_is_shut_out_gets_no_courtesies_over_the_connections_that_it_has() {
        let (mut sources, bad) = (Sources::new(60), source("203.0.113.7"));
        (0..119).for_each(|_| sources.blame(bad, NOW));
        assert_eq!(sources.courtesy(bad, NOW), Ok(()));
        sources.blame(bad, NOW);
        assert!(sources.courtesy(bad, NOW).is_err());
    }

    #[test]
    fn who_goes_on_when_told_to_wait_is_shut_out_for_the_rest_of_the_minute() {
        let mut sources = Sources::new(60);
        let bad = source("203.0.113.7");
        (0..60).for_each(|_| sources.blame(bad, NOW));
        for _ in 0..60 {
            assert!(!sources.is_shut_out(bad, NOW + 1));
            assert!(sources.check(bad, NOW + 1).is_err());
        }
        assert!(sources.is_shut_out(bad, NOW + 59));
        assert!(!sources.is_shut_out(source("203.0.113.8"), NOW + 59));
        assert!(!sources.is_shut_out(bad, NOW + 60));
    }
}
