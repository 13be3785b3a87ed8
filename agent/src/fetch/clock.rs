//! The time that requests are signed with.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// A time that was given, and what has passed since: nobody sets it back, so that no request repeats another's signature.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    given: Timestamp,
    begun: Instant,
}

impl Clock {
    pub(super) fn starting(now: Timestamp) -> Self {
        Self { given: now, begun: Instant::now() }
    }

    /// What has passed.
    pub(super) fn elapsed(self) -> Duration {
        self.begun.elapsed()
    }

    pub(super) fn now(self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.elapsed()).unwrap_or(SignedDuration::MAX);
        self.given.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
    }
}
