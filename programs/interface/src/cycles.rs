//! Which cycle it is.
//!
//! The number of a cycle follows from the state and the time alone, so nothing waits for somebody to advance the state.

use crate::{SentinelError, State};

impl State {
    /// The number of the cycle at `now` (Unix seconds). A clock that is behind the recorded cycle's start shows that cycle.
    ///
    /// # Errors
    /// [`SentinelError::ArithmeticOverflow`] beyond the last number, [`SentinelError::InvalidParameters`] when a cycle lasts
    /// no time.
    pub fn cycle_at(&self, now: i64) -> Result<u64, SentinelError> {
        let passed = u64::try_from(now.saturating_sub(self.cycle_start)).unwrap_or_default();
        let length = u64::try_from(self.parameters.cycle_length).unwrap_or_default();
        let cycles = passed.checked_div(length).ok_or(SentinelError::InvalidParameters)?;
        self.cycle_index.checked_add(cycles).ok_or(SentinelError::ArithmeticOverflow)
    }
}
