//! Times in eight bytes, on a line of their own: when the wall clock is set, the line moves and no moment on it does.

use jiff::{SignedDuration, Timestamp};

/// Milliseconds on the timeline.
pub(super) type Moment = i64;

/// Where the timeline lies against the wall clock.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// What the wall clock was set forward by, in milliseconds.
    set_by: i64,
}

impl Timeline {
    /// The moment of a time, to the millisecond.
    pub(super) fn moment(&self, time: Timestamp) -> Moment {
        time.as_millisecond().saturating_sub(self.set_by)
    }

    /// The time of a moment.
    pub(super) fn time(&self, moment: Moment) -> Timestamp {
        let milliseconds = moment.saturating_add(self.set_by);
        let nearest = if milliseconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_millisecond(milliseconds).unwrap_or(nearest)
    }

    /// The wall clock was set by so much: every moment is that much later in its terms.
    pub(super) fn clock_set(&mut self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).unwrap_or_default();
        self.set_by = self.set_by.saturating_add(by);
    }
}
