//! Which cycle it is, and what that allows.
//!
//! The number of a cycle follows from the state and the time alone, so nothing waits for somebody to advance the state.

use crate::{Parameters, SentinelError, State};

impl State {
    /// The number of the cycle at `now` (Unix seconds). A clock that is behind the recorded cycle's start shows that cycle.
    ///
    /// # Errors
    /// [`SentinelError::ArithmeticOverflow`] beyond the last number, [`SentinelError::InvalidParameters`] when a cycle lasts
    /// no time.
    pub fn cycle_at(&self, now: i64) -> Result<u64, SentinelError> {
        let passed = seconds_since(self.cycle_start, now).unwrap_or_default();
        let cycles =
            passed.checked_div(self.parameters.seconds()?).ok_or(SentinelError::InvalidParameters)?;
        self.cycle_index.checked_add(cycles).ok_or(SentinelError::ArithmeticOverflow)
    }

    /// The state with the cycle of `now` recorded in it.
    ///
    /// # Errors
    /// [`SentinelError::CycleNotOver`] when the recorded one still runs, or as [`cycle_at`](Self::cycle_at).
    pub fn advanced(&self, now: i64) -> Result<Self, SentinelError> {
        let cycle_index = self.cycle_at(now)?;
        if cycle_index == self.cycle_index {
            return Err(SentinelError::CycleNotOver);
        }
        let passed = seconds_since(self.cycle_start, now).unwrap_or_default();
        let within = passed.checked_rem(self.parameters.seconds()?).unwrap_or_default();
        let cycle_start = now.checked_sub_unsigned(within).ok_or(SentinelError::ArithmeticOverflow)?;
        Ok(Self { cycle_index, cycle_start, ..*self })
    }

    /// Whether a post of the cycle `cycle_index` can still be liked and disputed at `now`: in its own cycle and in the next.
    ///
    /// # Errors
    /// As [`cycle_at`](Self::cycle_at).
    pub fn takes_verdicts(&self, cycle_index: u64, now: i64) -> Result<bool, SentinelError> {
        Ok(self.cycle_at(now)?.saturating_sub(cycle_index) <= 1)
    }
}

impl Parameters {
    /// Checks that these rules make sense.
    ///
    /// # Errors
    /// [`SentinelError::InvalidParameters`].
    pub fn check(&self) -> Result<(), SentinelError> {
        let is_limit = (1..=i8::MAX.cast_unsigned()).contains(&self.opinion_limit);
        if self.seconds()? > 0 && is_limit { Ok(()) } else { Err(SentinelError::InvalidParameters) }
    }

    /// Whether the verdicts of an active peer with this karma move opinions.
    pub const fn lets_vote(&self, karma: u64) -> bool {
        karma >= self.vote_min_karma
    }

    /// Checks that a peer who posted last at `last_post` may leave at `now`: a cycle later, once others could dispute it.
    ///
    /// # Errors
    /// [`SentinelError::TooSoon`].
    pub fn check_leaving(&self, last_post: i64, now: i64) -> Result<(), SentinelError> {
        let cycle = self.seconds()?;
        let is_over = seconds_since(last_post, now).is_some_and(|passed| passed >= cycle);
        if is_over { Ok(()) } else { Err(SentinelError::TooSoon) }
    }

    /// How long a cycle lasts.
    fn seconds(&self) -> Result<u64, SentinelError> {
        u64::try_from(self.cycle_length).map_err(|_| SentinelError::InvalidParameters)
    }
}

/// Seconds from `past` to `now`; none when the clock has not reached `past`.
fn seconds_since(past: i64, now: i64) -> Option<u64> {
    (past <= now).then(|| now.abs_diff(past))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::{Peer, parameters_of_tests};
    use proptest::prelude::*;

    const DAY: i64 = 86_400;

    fn state() -> State {
        let parameters = parameters_of_tests();
        State { authority: [1; 32], cycle_index: 7, cycle_start: 1000, parameters, bump: 255 }
    }

    #[test]
    fn cycles_follow_each_other_without_anybodys_help() {
        for (now, cycle) in
            [(1000, 7), (999 + DAY, 7), (1000 + DAY, 8), (999 + 2 * DAY, 8), (1000 + 100 * DAY, 107)]
        {
            assert_eq!(state().cycle_at(now), Ok(cycle), "{now}");
        }
    }

    #[test]
    fn a_clock_behind_the_recorded_cycles_start_shows_that_cycle() {
        for now in [999, 0, -1, i64::MIN] {
            assert_eq!(state().cycle_at(now), Ok(7));
            assert_eq!(state().advanced(now), Err(SentinelError::CycleNotOver));
        }
    }

    #[test]
    fn a_cycle_that_is_over_is_advanced_to_the_one_that_runs_and_no_further() {
        let state = state();
        assert_eq!(state.advanced(999 + DAY), Err(SentinelError::CycleNotOver));
        let later = state.advanced(1005 + 3 * DAY).unwrap();
        assert_eq!(later, State { cycle_index: 10, cycle_start: 1000 + 3 * DAY, ..state });
        assert_eq!(later.advanced(1005 + 3 * DAY), Err(SentinelError::CycleNotOver));
    }

    #[test]
    fn a_post_takes_verdicts_in_its_own_cycle_and_in_the_next() {
        let state = state();
        for (cycle, takes) in [(6, false), (7, true), (8, true), (9, true)] {
            assert_eq!(state.takes_verdicts(cycle, 1000 + DAY), Ok(takes), "{cycle}");
        }
    }

    #[test]
    fn a_peer_leaves_a_cycle_after_its_last_post_and_at_any_time_when_it_never_posted() {
        let parameters = parameters_of_tests();
        for (last_post, now, leaves) in [
            (1000, 1000, false),
            (1000, 999, false),
            (1000, 999 + DAY, false),
            (1000, 1000 + DAY, true),
            (Peer::NEVER, 0, true),
            (Peer::NEVER, i64::MAX, true),
            (i64::MAX, 0, false),
        ] {
            let expected = if leaves { Ok(()) } else { Err(SentinelError::TooSoon) };
            assert_eq!(parameters.check_leaving(last_post, now), expected, "{last_post} {now}");
        }
    }

    #[test]
    fn a_cycle_lasts_at_least_a_second_and_an_opinion_weighs_1_to_127() {
        let sensible = parameters_of_tests();
        for (cycle_length, opinion_limit, makes_sense) in [
            (1, 1, true),
            (i64::MAX, 127, true),
            (0, 10, false),
            (-1, 10, false),
            (i64::MIN, 10, false),
            (1, 0, false),
            (1, 128, false),
            (1, 255, false),
        ] {
            let parameters = Parameters { cycle_length, opinion_limit, ..sensible };
            let expected = if makes_sense { Ok(()) } else { Err(SentinelError::InvalidParameters) };
            assert_eq!(parameters.check(), expected, "{parameters:?}");
        }
    }

    #[test]
    fn numbers_at_their_limit_are_errors_and_no_panics() {
        let last = State { cycle_index: u64::MAX, ..state() };
        assert_eq!(last.cycle_at(1000), Ok(u64::MAX));
        assert_eq!(last.cycle_at(1000 + DAY), Err(SentinelError::ArithmeticOverflow));
        for (cycle_length, error) in
            [(0, SentinelError::InvalidParameters), (-1, SentinelError::InvalidParameters)]
        {
            let parameters = Parameters { cycle_length, ..parameters_of_tests() };
            assert_eq!(State { parameters, ..state() }.cycle_at(2000), Err(error));
        }
        let shortest = Parameters { cycle_length: 1, ..parameters_of_tests() };
        let oldest = State { cycle_index: 0, cycle_start: i64::MIN, parameters: shortest, ..state() };
        assert_eq!(oldest.cycle_at(i64::MAX), Ok(u64::MAX));
        assert_eq!(oldest.advanced(i64::MAX).unwrap().cycle_start, i64::MAX);
    }

    proptest! {
        #[test]
        fn advancing_changes_no_cycles_number(
            cycle_start: i64, cycle_length in 1..=i64::MAX, cycle_index in 0..1_000_000_000_u64, now: i64, later: i64,
        ) {
            let parameters = Parameters { cycle_length, ..parameters_of_tests() };
            let state = State { cycle_index, cycle_start, parameters, ..state() };
            if let Ok(advanced) = state.advanced(now) {
                prop_assert!(advanced.cycle_start <= now);
                prop_assert!(advanced.cycle_index > cycle_index);
                let later = now.max(later);
                prop_assert_eq!(state.cycle_at(later), advanced.cycle_at(later));
            }
        }
    }
}
