//! A leaky bucket in eight bytes: points run in with events and out with time.

/// A point is so many parts, so that little leaks out in a second without getting lost.
const PARTS: u64 = 1024;

/// How full a bucket is. It runs over when more than its limit comes in a window, again and again or all at once, and
/// never when less does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gauge {
    /// In parts of a point.
    level: u32,
    /// When it was right, in Unix seconds.
    at: u32,
}

/// How much a bucket holds, and how soon it is empty again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measure {
    /// In points.
    pub(super) limit: u32,
    /// In seconds, at least one.
    pub(super) window: u32,
}

impl Gauge {
    /// Adds points at a time; whether it has run over. What is older than the window is too late to count.
    pub(super) fn add(&mut self, points: u32, at: u32, measure: Measure) -> bool {
        if at.saturating_add(measure.window) < self.at {
            return false;
        }
        let level = u64::from(self.level_at(at, measure)) + u64::from(points) * PARTS;
        self.level = u32::try_from(level).unwrap_or(u32::MAX);
        self.at = self.at.max(at);
        level >= u64::from(measure.limit) * PARTS
    }

    /// How full it is by then.
    pub(super) fn level_at(self, at: u32, measure: Measure) -> u32 {
        let passed = u64::from(at.saturating_sub(self.at));
        let leaked =
            passed.saturating_mul(u64::from(measure.limit) * PARTS) / u64::from(measure.window.max(1));
        self.level.saturating_sub(u32::try_from(leaked).unwrap_or(u32::MAX))
    }

    /// The clock was set by so many seconds.
    pub(super) fn clock_set(&mut self, by: i64) {
        self.at = u32::try_from(i64::from(self.at).saturating_add(by)).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURE: Measure = Measure { limit: 30, window: 3600 };

    fn first_over(every: u32, from: u32) -> Option<u32> {
        let mut gauge = Gauge::default();
        (1..=1000).find(|nth| gauge.add(1, from + nth * every, MEASURE))
    }

    #[test]
    fn it_runs_over_when_more_comes_in_than_may_within_a_window() {
        assert_eq!(first_over(0, 1000), Some(30));
        assert!(first_over(60, 1000).is_some_and(|nth| (30..=90).contains(&nth)));
        assert_eq!(first_over(121, 1000), None, "just below the limit, for ever");
    }

    #[test]
    fn a_log_that_jumps_back_neither_fills_nor_empties_it() {
        let mut gauge = Gauge::default();
        assert!((0..29).all(|_| !gauge.add(1, 10_000, MEASURE)));
        assert!(!gauge.add(1000, 10_000 - 3601, MEASURE), "too late to count");
        assert!(gauge.add(1, 9_000, MEASURE), "late, but within the window");
    }

    #[test]
    fn a_clock_that_is_set_moves_it_along() {
        let mut gauge = Gauge::default();
        assert!(!gauge.add(29, 10_000, MEASURE));
        gauge.clock_set(86_400);
        assert!(gauge.add(1, 96_400, MEASURE));
    }

    #[test]
    fn absurd_numbers_stay_in_bounds() {
        let mut gauge = Gauge::default();
        let measure = Measure { limit: u32::MAX, window: 1 };
        assert!(gauge.add(u32::MAX, u32::MAX, measure));
        let _ = gauge.add(u32::MAX, 0, Measure { limit: 1, window: u32::MAX });
    }
}
