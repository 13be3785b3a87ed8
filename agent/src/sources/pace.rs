//! How often a source speaks, and whether it has fallen silent. Pure: `now` is an argument.

use jiff::Timestamp;

use crate::domain::Silence;

/// Minutes that the rate is taken over, besides the present one.
const MINUTES: usize = 5;

/// Times a source must have spoken before its silence means anything.
const KNOWN_AFTER: u64 = 10;

/// A pause so many times longer than the longest before is a silence.
const MUCH_LONGER: i64 = 4;

/// No pause shorter than this is a silence, in seconds.
const SHORTEST_SILENCE: i64 = 30 * 60;

const DAY: i64 = 24 * 60 * 60;

/// When a source spoke: the rate of its last minutes, and its longest pauses of today and yesterday.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    spoken: u64,
    last: Option<Timestamp>,
    /// Since 1970; [`Pace::counts`] begins with it and goes back.
    minute: i64,
    counts: [u64; MINUTES + 1],
    first_minute: Option<i64>,
    /// Since 1970; [`Pace::longest`] begins with it.
    day: i64,
    longest: [i64; 2],
}

impl Pace {
    /// Takes note of so many lines at `now`. A clock that was set back makes no pause.
    pub(super) fn note(&mut self, lines: u64, now: Timestamp) {
        let second = now.as_second();
        self.turn_to(second);
        self.counts[0] += lines;
        self.first_minute.get_or_insert(second.div_euclid(60));
        if let Some(last) = self.last {
            self.longest[0] = self.longest[0].max(second - last.as_second());
        }
        self.last = Some(now);
        self.spoken += 1;
    }

    /// When the last line came.
    pub(super) fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// Lines a minute over the last whole minutes, rounded up; of a source that is younger, those it had so far.
    pub(super) fn per_minute(&self, now: Timestamp) -> u64 {
        let mut pace = self.clone();
        pace.turn_to(now.as_second());
        let age = pace.first_minute.map_or(0, |first| pace.minute.saturating_sub(first));
        match usize::try_from(age).unwrap_or(0).min(MINUTES) {
            0 => pace.counts[0],
            whole => pace.counts[1..=whole].iter().sum::<u64>().div_ceil(whole as u64),
        }
    }

    /// Whether the source has been silent by `now` for much longer than ever today and yesterday.
    pub(super) fn silence(&self, now: Timestamp) -> Option<Silence> {
        let seconds = now.as_second() - self.last?.as_second();
        let usual = self.longest.into_iter().max().unwrap_or_default();
        let is_silent = self.spoken >= KNOWN_AFTER
            && seconds >= SHORTEST_SILENCE
            && seconds >= usual.saturating_mul(MUCH_LONGER);
        let unsigned = |seconds: i64| u64::try_from(seconds).unwrap_or(0);
        is_silent.then(|| Silence { seconds: unsigned(seconds), usual_seconds: unsigned(usual) })
    }

    fn turn_to(&mut self, second: i64) {
        let (minute, day) = (second.div_euclid(60), second.div_euclid(DAY));
        match usize::try_from(minute - self.minute) {
            Ok(passed) if passed > MINUTES => self.counts = Default::default(),
            Ok(passed) => {
                self.counts.rotate_right(passed);
                self.counts[..passed].fill(0);
            }
            // What was counted belongs to another clock.
            Err(_) => (self.counts, self.first_minute) = (Default::default(), None),
        }
        match day - self.day {
            ..=0 => (),
            1 => self.longest = [0, self.longest[0]],
            _ => self.longest = [0; 2],
        }
        (self.minute, self.day) = (minute, day);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_040 + second).unwrap()
    }

    /// A source that speaks every `pause` seconds, `times` times; the last time at second 0.
    fn speaking(times: i64, pause: i64) -> Pace {
        let mut pace = Pace::default();
        (0..times).for_each(|time| pace.note(1, at((time + 1 - times) * pause)));
        pace
    }

    #[test]
    fn the_rate_is_that_of_the_last_whole_minutes() {
        let mut pace = Pace::default();
        assert_eq!(pace.per_minute(at(0)), 0);
        pace.note(60, at(0));
        assert_eq!(pace.per_minute(at(10)), 60);
        pace.note(41, at(60));
        assert_eq!(pace.per_minute(at(130)), 51);
        assert_eq!(pace.per_minute(at(3600)), 0);
        assert_eq!(speaking(100, 300).per_minute(at(60)), 1);
    }

    #[test]
    fn a_source_that_pauses_no_longer_than_it_does_is_not_silent() {
        let hourly = speaking(20, 3600);
        assert_eq!(hourly.silence(at(2 * 3600)), None);
        assert_eq!(hourly.silence(at(4 * 3600)), Some(Silence { seconds: 4 * 3600, usual_seconds: 3600 }));
    }

    #[test]
    fn a_busy_source_is_silent_after_half_an_hour_not_after_a_minute() {
        let busy = speaking(1000, 1);
        assert_eq!(busy.silence(at(60)), None);
        assert_eq!(busy.silence(at(1800)), Some(Silence { seconds: 1800, usual_seconds: 1 }));
    }

    #[test]
    fn a_quiet_night_is_remembered_the_next_night() {
        let mut pace = speaking(100, 60);
        pace.note(1, at(8 * 3600));
        (0..16 * 60).for_each(|minute| pace.note(1, at(8 * 3600 + minute * 60)));
        assert_eq!(pace.silence(at((24 + 8) * 3600)), None);
        assert!(pace.silence(at((24 + 8 + 24) * 3600)).is_some());
    }

    #[test]
    fn a_source_that_hardly_ever_spoke_is_not_missed_and_one_that_never_did_neither() {
        assert_eq!(speaking(9, 1).silence(at(DAY * 30)), None);
        assert_eq!(Pace::default().silence(at(0)), None);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_silence() {
        let mut pace = speaking(20, 1);
        pace.note(1, at(-DAY * 400));
        assert_eq!(pace.silence(at(-DAY * 400 + 60)), None);
        assert_eq!(pace.per_minute(at(-DAY * 400)), 1);
    }
}
