//! How much is fetched for peers without karma: enough for a newcomer to show what it can, too little for a crowd of them
//! to keep this agent busy.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::domain::PeerKey;

/// What is counted together.
const WINDOW: Duration = Duration::from_secs(3600);
/// Logs of all newcomers together.
const IN_ALL: usize = 60;
/// Logs of one.
const OF_ONE: usize = 6;

/// What was fetched for newcomers within the last hour.
#[derive(Debug, Default)]
pub(in crate::daemon) struct Newcomers {
    fetched: Mutex<HashMap<PeerKey, Vec<Instant>>>,
}

impl Newcomers {
    /// Whether a log of this newcomer may be fetched now; then it counts.
    pub(super) fn admit(&self, reporter: PeerKey, now: Instant) -> bool {
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        fetched.retain(|_, times| {
            times.retain(|time| now.duration_since(*time) < WINDOW);
            !times.is_empty()
        });
        let in_all: usize = fetched.values().map(Vec::len).sum();
        if in_all >= IN_ALL || fetched.get(&reporter).is_some_and(|times| times.len() >= OF_ONE) {
            return false;
        }
        fetched.entry(reporter).or_default().push(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_newcomer_has_its_share_of_an_hour_and_all_together_theirs() {
        let (newcomers, begin) = (Newcomers::default(), Instant::now());
        let admitted =
            |reporter: u8, now| (0..100).filter(|_| newcomers.admit(PeerKey([reporter; 32]), now)).count();
        assert_eq!(admitted(1, begin), 6);
        assert_eq!((2..100).map(|reporter| admitted(reporter, begin)).sum::<usize>(), 54);
        assert_eq!(admitted(1, begin + WINDOW), 6);
    }
}
