//! The places where a log may be, and what became of asking there.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{AttemptError, FailedAttempt, FetchError, Holder, Wanted};
use crate::domain::FileHash;

/// Most places that are tried for one log.
pub(super) const MOST: usize = 12;

/// No place is asked again earlier: a signature is good once, and the next request needs a later second.
const REST: Duration = Duration::from_secs(1);

/// The places in the order in which they are tried, each URL once.
pub(super) struct Places(Vec<Place>);

struct Place {
    holder: Holder,
    due: Instant,
    failure: Option<FailedAttempt>,
}

impl Place {
    fn is_open(&self) -> bool {
        self.failure.as_ref().is_none_or(|failure| failure.error.may_pass())
    }
}

impl Places {
    pub(super) fn of(wanted: &Wanted) -> Self {
        let mut places = Self(Vec::new());
        places.admit(wanted.holders.clone());
        places
    }

    /// Puts new places behind the others; of a known one it notes whose it is.
    pub(super) fn admit(&mut self, holders: Vec<Holder>) {
        for holder in holders {
            if let Some(known) = self.0.iter_mut().find(|place| place.holder.url == holder.url) {
                known.holder.peer = known.holder.peer.or(holder.peer);
            } else if self.0.len() < MOST {
                self.0.push(Place { holder, due: Instant::now(), failure: None });
            }
        }
    }

    /// Puts places before all others; none has been tried yet.
    pub(super) fn prefer(&mut self, holders: Vec<Holder>) {
        let others = std::mem::take(&mut self.0);
        self.admit(holders);
        self.admit(others.into_iter().map(|place| place.holder).collect());
    }

    /// The holder at this number, when it is worth a try now.
    pub(super) fn due(&self, index: usize) -> Option<Holder> {
        let place = self.0.get(index)?;
        (place.is_open() && place.due <= Instant::now()).then(|| place.holder.clone())
    }

    /// Notes a failure. Where the server says when to come again, it is left alone until then.
    pub(super) fn failed(&mut self, index: usize, error: AttemptError, at: Timestamp) {
        let Some(place) = self.0.get_mut(index) else { return };
        place.due = Instant::now() + error.retry_after().unwrap_or_default().max(REST);
        let tries = place.failure.as_ref().map_or(0, |failure| failure.tries) + 1;
        let Holder { url, peer } = place.holder.clone();
        place.failure = Some(FailedAttempt { url, peer, tries, at, error });
    }

    /// When the next place is worth a try; none when no place ever will be.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.iter().filter(|place| place.is_open()).map(|place| place.due).min()
    }

    /// Who had the log, and who had not.
    pub(super) fn outcome(mut self, index: usize) -> (Holder, Vec<FailedAttempt>) {
        let holder = self.0.remove(index).holder;
        (holder, self.failures())
    }

    pub(super) fn error(self, file_hash: FileHash) -> FetchError {
        FetchError { file_hash, attempts: self.failures() }
    }

    fn failures(self) -> Vec<FailedAttempt> {
        self.0.into_iter().filter_map(|place| place.failure).collect()
    }
}
