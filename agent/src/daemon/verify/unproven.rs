//! How many posts are remembered that nothing proves: enough for an operator to see what is shown, too few for an endpoint that
//! invents posts to fill the disk.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// What is counted together.
const WINDOW: Duration = Duration::from_secs(24 * 3600);
/// Posts within that time.
const POSTS: usize = 1000;

/// The posts of today, so to speak.
#[derive(Debug, Default)]
pub(in crate::daemon) struct Unproven {
    remembered: Mutex<Remembered>,
}

#[derive(Debug, Default)]
struct Remembered {
    since: Option<Instant>,
    posts: usize,
}

impl Unproven {
    /// Whether another one may be remembered now; then it counts.
    pub(super) fn admit(&self, now: Instant) -> bool {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.since.is_none_or(|since| now.saturating_duration_since(since) >= WINDOW) {
            *remembered = Remembered { since: Some(now), posts: 0 };
        }
        let is_admitted = remembered.posts < POSTS;
        remembered.posts += usize::from(is_admitted);
        is_admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_invents_posts_has_a_thousand_of_them_remembered_a_day() {
        let (unproven, begin) = (Unproven::default(), Instant::now());
        let admitted = |now| (0..5000).filter(|_| unproven.admit(now)).count();
        assert_eq!(admitted(begin), POSTS);
        assert_eq!(admitted(begin + WINDOW / 2), 0);
        assert_eq!(admitted(begin + WINDOW), POSTS);
    }
}
