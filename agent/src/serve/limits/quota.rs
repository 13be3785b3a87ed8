//! What one peer took: its requests of the last minute, its bytes of the day.

use std::collections::VecDeque;

use super::super::refusal::Refusal;
use crate::{domain::PeerKey, record::PeerUsage};

const MINUTE: i64 = 60;
/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;
/// Requests of the last minute that are written down at the most.
const MAX_RECENT: usize = 64;

/// How far ahead of the timestamps that a peer used its mark on disk is: one write covers them for so many seconds.
/// After a crash the peer has to wait that long at the most; after an orderly stop the mark is exact.
pub(super) const AHEAD: i64 = 15;

/// The moments (Unix seconds) of the last minute at which something happened.
#[derive(Debug, Default)]
struct Minute(VecDeque<i64>);

impl Minute {
    /// Seconds until there is room for one more, when there are `limit` already.
    fn wait(&mut self, limit: usize, now: i64) -> Option<u64> {
        // A moment in the future is one from before the clock was set back.
        if self.0.back().is_some_and(|latest| *latest > now) {
            self.0.retain(|moment| *moment <= now);
        }
        while self.0.front().is_some_and(|oldest| now - oldest >= MINUTE) {
            self.0.pop_front();
        }
        let oldest = self.0.front().copied().unwrap_or(now);
        (self.0.len() >= limit).then(|| (oldest + MINUTE).abs_diff(now))
    }
}

/// What one peer took.
#[derive(Debug, Default)]
pub(super) struct Usage {
    recent: Minute,
    day: i64,
    bytes: u64,
    /// The latest timestamp that it signed with.
    latest: i64,
    /// The latest that it can have signed with by what is written down.
    mark: i64,
}

/// Of which day (UTC) a moment is, in days since 1970.
pub(super) fn day(now: i64) -> i64 {
    now.div_euclid(DAY)
}

impl Usage {
    /// Whether there is room for a request, which is counted then.
    pub(super) fn request(&mut self, limit: usize, now: i64) -> Result<(), Refusal> {
        if let Some(retry_after) = self.recent.wait(limit, now) {
            return Err(Refusal::Rate { limit, retry_after });
        }
        self.recent.0.push_back(now);
        Ok(())
    }

    /// A request with this timestamp was let in; says whether that has to be written down at once.
    pub(super) fn signed(&mut self, timestamp: i64) -> bool {
        self.latest = self.latest.max(timestamp);
        let is_beyond = timestamp > self.mark;
        if is_beyond {
            self.mark = timestamp.saturating_add(AHEAD);
        }
        is_beyond
    }

    /// Sets `bytes` aside for an answer, if there are so many left of the day.
    pub(super) fn charge(&mut self, bytes: u64, limit: u64, now: i64) -> Result<(), Refusal> {
        let today = day(now);
        if self.day != today {
            (self.day, self.bytes) = (today, 0);
        }
        let total = self.bytes.saturating_add(bytes);
        if total > limit {
            return Err(Refusal::Quota { limit, retry_after: ((today + 1) * DAY).abs_diff(now) });
        }
        self.bytes = total;
        Ok(())
    }

    /// Gives back what was set aside on `day` and not sent.
    pub(super) fn refund(&mut self, bytes: u64, day: i64) {
        if self.day == day {
            self.bytes = self.bytes.saturating_sub(bytes);
        }
    }

    /// As it is written down; `exact` when nothing more will come.
    pub(super) fn record(&self, peer: PeerKey, exact: bool) -> PeerUsage {
        let skipped = self.recent.0.len().saturating_sub(MAX_RECENT);
        PeerUsage {
            peer,
            day: self.day,
            bytes: self.bytes,
            recent: self.recent.0.iter().skip(skipped).copied().collect(),
            signed_until: if exact { self.latest } else { self.mark },
        }
    }
}

impl From<PeerUsage> for Usage {
    fn from(record: PeerUsage) -> Self {
        let PeerUsage { day, bytes, recent, signed_until, .. } = record;
        Self { recent: Minute(recent.into()), day, bytes, latest: signed_until, mark: signed_until }
    }
}
