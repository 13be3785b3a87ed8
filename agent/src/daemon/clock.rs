//! A clock that does not jump: the wall clock as of its last correction, and the time that has passed since.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use nix::time::{ClockId, clock_gettime};

/// By how much the wall clock may differ before it counts as set. Less is leap seconds and time daemons at their work.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(2);

/// What the host's clocks say at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// The wall clock, which somebody may set.
    pub(super) wall: Timestamp,
    /// Time since the host was started, with the time in which it slept (CLOCK_BOOTTIME); nobody sets that.
    pub(super) up: Duration,
}

impl Reading {
    /// Reads both clocks.
    #[must_use]
    pub(super) fn take() -> Self {
        let wall = Timestamp::now();
        // Where there is no such clock (before Linux 2.6.39), the wall clock is all there is.
        let up =
            clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(wall.as_duration().unsigned_abs(), Duration::from);
        Self { wall, up }
    }

    /// How long the host has slept since it was started.
    #[must_use]
    pub(super) fn asleep() -> Duration {
        let awake = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from);
        awake.map_or(Duration::ZERO, |awake| Self::take().up.saturating_sub(awake))
    }

    /// When the host was started, as these clocks have it, in Unix milliseconds.
    fn started(self) -> i64 {
        self.wall.as_millisecond().saturating_sub(milliseconds(self.up))
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The time by which the agent decides, to the millisecond.
#[derive(Debug)]
pub(super) struct Clock {
    /// When the host was started, by this clock: Unix milliseconds.
    started: AtomicI64,
}

impl Clock {
    /// A clock that agrees with the wall clock, unless that is behind what was `known` to be past: then it was set back
    /// while the agent was away (or the host has no battery), and the next [`Clock::correct`] tells by how much.
    #[must_use]
    pub(super) fn new(reading: Reading, known: Timestamp) -> Self {
        let not_before = Reading { wall: reading.wall.max(known), ..reading };
        Self { started: AtomicI64::new(not_before.started()) }
    }

    /// The time of this reading.
    #[must_use]
    pub(super) fn at(&self, reading: Reading) -> Timestamp {
        let now = self.started.load(Ordering::Relaxed).saturating_add(milliseconds(reading.up));
        Timestamp::from_millisecond(now).unwrap_or(reading.wall)
    }

    /// Follows the wall clock when that was set; tells by how much.
    #[must_use = "whatever has a time must be moved by as much"]
    pub(super) fn correct(&self, reading: Reading) -> Option<SignedDuration> {
        let was = self.started.load(Ordering::Relaxed);
        let set_by = SignedDuration::from_millis(reading.started().saturating_sub(was));
        if set_by.unsigned_abs() <= TOLERANCE.unsigned_abs() {
            return None;
        }
        self.started.store(reading.started(), Ordering::Relaxed);
        Some(set_by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The clocks `up` seconds after the start, with a wall clock that was set forward by `set` seconds.
    fn reading(up: u64, set: i64) -> Reading {
        let wall = 1_795_000_000 + i64::try_from(up).unwrap() + set;
        Reading { wall: Timestamp::from_second(wall).unwrap(), up: Duration::from_secs(up) }
    }

    fn clock() -> Clock {
        Clock::new(reading(100, 0), Timestamp::MIN)
    }

    #[test]
    fn time_passes_as_it_does_on_the_wall() {
        let clock = clock();
        assert_eq!(clock.correct(reading(3700, 0)), None);
        assert_eq!(clock.at(reading(3700, 0)), reading(3700, 0).wall);
    }

    #[test]
    fn a_wall_clock_that_is_set_does_not_move_time_until_all_else_is_moved() {
        for step in [3600, -3600] {
            let clock = clock();
            assert_eq!(clock.at(reading(200, step)), reading(200, 0).wall);
            assert_eq!(clock.correct(reading(200, step)), Some(SignedDuration::from_secs(step)));
            assert_eq!(clock.at(reading(200, step)), reading(200, step).wall);
            assert_eq!(clock.correct(reading(201, step)), None, "told once");
        }
    }

    #[test]
    fn a_clock_that_is_set_forth_and_back_ends_where_it_was() {
        let clock = clock();
        let there = clock.correct(reading(200, 86_400)).unwrap();
        let back = clock.correct(reading(300, 0)).unwrap();
        assert_eq!(there + back, SignedDuration::ZERO);
    }

    #[test]
    fn small_corrections_move_nothing_until_they_add_up() {
        let clock = clock();
        assert_eq!(clock.correct(reading(200, 1)), None);
        assert_eq!(clock.correct(reading(300, 2)), None);
        assert_eq!(clock.correct(reading(400, 3)), Some(SignedDuration::from_secs(3)));
    }

    #[test]
    fn a_host_that_starts_in_the_past_goes_on_from_what_is_known_to_be_past() {
        let known = reading(0, 0).wall;
        let years = 50 * 366 * 86_400;
        let clock = Clock::new(reading(5, -years), known);
        assert_eq!(clock.at(reading(5, -years)), known);
        assert_eq!(clock.correct(reading(6, -years)), Some(SignedDuration::from_secs(5 - years)));
    }

    #[test]
    fn both_clocks_of_this_host_can_be_read() {
        let (first, second) = (Reading::take(), Reading::take());
        assert!(second.up >= first.up && first.up > Duration::ZERO);
    }
}
