//! The access log: who got how much of what, and who was refused, in lines that nobody can forge or flood.
//!
//! Each field is a value of ours (an address, a key, an id, a number, a verdict from a fixed list), never a text that a
//! client chose. Refusals cost a stranger nothing, so only so many of them are written in a minute.

use std::sync::{Mutex, PoisonError};

use tracing::info;

use super::{refusal::Refusal, source::Source};
use crate::domain::{LogId, PeerKey};

const TARGET: &str = "sentinel_agent::access";
/// Refusals that are written within a minute.
const REFUSALS: u32 = 300;
const MINUTE: i64 = 60;

/// Writes the access log.
#[derive(Debug, Default)]
pub(super) struct AccessLog(Mutex<Refusals>);

#[derive(Debug, Default)]
struct Refusals {
    since: i64,
    count: u32,
}

impl Refusals {
    /// Counts one; says whether it is to be written, and how many were not in a minute that is over.
    fn count(&mut self, now: i64) -> (bool, u32) {
        let mut kept_back = 0;
        if !(0..MINUTE).contains(&(now - self.since)) {
            kept_back = self.count.saturating_sub(REFUSALS);
            *self = Self { since: now, count: 0 };
        }
        self.count = self.count.saturating_add(1);
        (self.count <= REFUSALS, kept_back)
    }
}

impl AccessLog {
    /// Somebody was refused; `peer` when it proved who it is.
    pub(super) fn refused(
        &self,
        source: Source,
        peer: Option<&PeerKey>,
        log: Option<LogId>,
        refusal: &Refusal,
        now: i64,
    ) {
        // Whoever gets these is flooding.
        if matches!(refusal, Refusal::Source { .. }) {
            return;
        }
        let (is_written, kept_back) = self.0.lock().unwrap_or_else(PoisonError::into_inner).count(now);
        if kept_back > 0 {
            info!(target: TARGET, refused = kept_back, "more requests were refused in the last busy minute");
        }
        if is_written {
            info!(target: TARGET, %source, peer = peer.map(display), log = log.map(display), verdict = refusal.name(), "refused");
        }
    }
}

/// An answer on its way to a peer.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) source: Source,
    pub(super) peer: PeerKey,
    pub(super) log: LogId,
    /// What it is, such as `part`.
    pub(super) verdict: &'static str,
    /// Bytes of content that the peer took so far.
    pub(super) sent: u64,
    /// Whether these are all.
    pub(super) is_whole: bool,
}

impl Sending {
    /// Writes the line, once it is over.
    pub(super) fn done(&self) {
        let Self { source, peer, log, verdict, sent, is_whole } = self;
        let verdict = if *is_whole { verdict } else { "cut off" };
        info!(target: TARGET, %source, %peer, %log, bytes = sent, verdict, "served");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_flood_of_refusals_only_so_many_are_written_and_the_rest_is_summed_up() {
        let mut refusals = Refusals::default();
        let written = (0..1000).filter(|_| refusals.count(100).0).count();
        assert_eq!(written, 300);
        assert_eq!(refusals.count(159), (false, 0));
        assert_eq!(refusals.count(160), (true, 701));
        assert_eq!(refusals.count(161), (true, 0));
    }

    #[test]
    fn a_clock_that_is_set_back_silences_nothing() {
        let mut refusals = Refusals::default();
        let written = (0..1000).filter(|_| refusals.count(1_000_000).0).count();
        assert_eq!(written, 300);
        assert!(refusals.count(10).0);
    }
}
