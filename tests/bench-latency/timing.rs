//! When the steps of an attack were taken, and how such times are spread.

use std::{collections::BTreeMap, net::IpAddr};

use jiff::Timestamp;
use serde::Serialize;

use crate::Series;

/// A step on the way from a log line at A to the kernel at B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mark {
    Detected,
    DroppedAtA,
    Stored,
    Seen,
    Posted,
    Verified,
    Blocked,
    DroppedAtB,
}

impl Mark {
    pub(crate) const ALL: [Self; 8] = [
        Self::Detected,
        Self::DroppedAtA,
        Self::Stored,
        Self::Posted,
        Self::Seen,
        Self::Verified,
        Self::Blocked,
        Self::DroppedAtB,
    ];

    /// Where it is taken, and what it is, in words.
    pub(crate) fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::Detected => ("A", "detected, says the agent"),
            Self::DroppedAtA => ("A", "in the kernel's set, says nft monitor"),
            Self::Stored => ("A", "log stored"),
            Self::Posted => ("A", "post confirmed, as A learns it"),
            Self::Seen => ("B", "post seen"),
            Self::Verified => ("B", "log fetched and verified"),
            Self::Blocked => ("B", "blocked, says the agent"),
            Self::DroppedAtB => ("B", "in the kernel's set, says nft monitor"),
        }
    }
}

/// One attack.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Timing {
    attacker: IpAddr,
    /// Milliseconds after the last failed login.
    milliseconds: BTreeMap<Mark, f64>,
}

impl Timing {
    pub(crate) fn new(
        attacker: IpAddr,
        last_failed_login: Timestamp,
        marks: impl IntoIterator<Item = (Mark, Timestamp)>,
    ) -> Self {
        let after = |at: Timestamp| at.duration_since(last_failed_login).as_secs_f64() * 1000.0;
        let milliseconds = marks.into_iter().map(|(mark, at)| (mark, after(at))).collect();
        Self { attacker, milliseconds }
    }
}

impl Series {
    /// Milliseconds to this step in each run, the fastest first.
    pub(crate) fn sorted(&self, mark: Mark) -> Vec<f64> {
        let mut all: Vec<f64> =
            self.runs.iter().filter_map(|run| run.milliseconds.get(&mark).copied()).collect();
        all.sort_unstable_by(f64::total_cmp);
        all
    }

    pub(crate) fn spread(&self, mark: Mark) -> Spread {
        Spread::of(&self.sorted(mark))
    }
}

/// The least, the middle, what nine of ten do not exceed, and the most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) p90: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Of values in order; nothing of nothing.
    fn of(sorted: &[f64]) -> Self {
        let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
        let count = sorted.len();
        Self {
            min: at(0),
            // The upper one of two.
            median: at(count / 2),
            p90: at((count * 9).div_ceil(10).saturating_sub(1)),
            max: at(count.saturating_sub(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_of_ten_values_do_not_exceed_the_p90() {
        let values: Vec<f64> = (1..=30).map(f64::from).collect();
        assert_eq!(Spread::of(&values), Spread { min: 1.0, median: 16.0, p90: 27.0, max: 30.0 });
        assert_eq!(Spread::of(&[5.0]), Spread { min: 5.0, median: 5.0, p90: 5.0, max: 5.0 });
        assert_eq!(Spread::of(&[]), Spread::default());
    }
}
