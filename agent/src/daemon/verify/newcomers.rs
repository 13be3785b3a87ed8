//! How much is fetched for peers without karma: enough for a newcomer to show what it can, too little for a crowd of them
//! to keep this agent busy.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
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
    /// Whether a log of this newcomer may be fetched now.
    pub(super) fn have_room(&self, reporter: PeerKey, now: Instant) -> bool {
        has_room(&self.of_the_last_hour(now), reporter)
    }

    /// The same of a log whose post is proven; then it counts. What an endpoint invents takes nobody's share.
    pub(super) fn admit(&self, reporter: PeerKey, now: Instant) -> bool {
        let mut fetched = self.of_the_last_hour(now);
        let is_admitted = has_room(&fetched, reporter);
        if is_admitted {
            fetched.entry(reporter).or_default().push(now);
        }
        is_admitted
    }

    fn of_the_last_hour(&self, now: Instant) -> MutexGuard<'_, HashMap<PeerKey, Vec<Instant>>> {
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        fetched.retain(|_, times| {
            times.retain(|time| now.duration_since(*time) < WINDOW);
            !times.is_empty()
        });
        fetched
    }
}

fn has_room(fetched: &HashMap<PeerKey, Vec<Instant>>, reporter: PeerKey) -> bool {
    let in_all: usize = fetched.values().map(Vec::len).sum();
    in_all < IN_ALL && fetched.get(&reporter).is_none_or(|times| times.len() < OF_ONE)
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
