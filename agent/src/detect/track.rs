//! What is remembered of one network.

use std::collections::VecDeque;

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};
use sentinel_parsers::Service;

use super::Detection;

/// Lines kept of one network: the first and the last half of this.
pub const MAX_LINES: usize = 20;

/// Longest line that is kept as evidence, in bytes (OpenSSH itself cuts its messages at 1,024).
pub const MAX_LINE_BYTES: usize = 2048;

#[derive(Debug, Default)]
pub(super) struct Track {
    hits: VecDeque<Counted>,
}

#[derive(Debug)]
struct Counted {
    points: u32,
    events: u32,
    at: Timestamp,
    line: Option<Box<[u8]>>,
}

impl Track {
    /// Adds a hit and forgets what has left the window. The window ends with the newest event seen, so a log that
    /// jumps back in time neither forgets nor revives anything.
    pub(super) fn push(
        &mut self,
        points: u32,
        events: u32,
        at: Timestamp,
        line: Vec<u8>,
        window: SignedDuration,
    ) {
        let newest = self.hits.iter().map(|hit| hit.at).fold(at, Timestamp::max);
        self.hits.retain(|hit| newest.duration_since(hit.at) < window);
        let line = (line.len() <= MAX_LINE_BYTES).then(|| line.into_boxed_slice());
        self.hits.push_back(Counted { points, events, at, line });
        if self.hits.len() > MAX_LINES {
            self.merge_middle();
        }
    }

    /// Folds the two hits in the middle into one: the count stays right, the first and last lines stay whole.
    fn merge_middle(&mut self) {
        if let Some(dropped) = self.hits.remove(MAX_LINES / 2)
            && let Some(keeper) = self.hits.get_mut(MAX_LINES / 2)
        {
            keeper.points = keeper.points.saturating_add(dropped.points);
            keeper.events = keeper.events.saturating_add(dropped.events);
        }
    }

    pub(super) fn points(&self) -> u32 {
        self.hits.iter().fold(0, |sum, hit| sum.saturating_add(hit.points))
    }

    pub(super) fn into_detection(self, network: IpNetwork, service: Service) -> Detection {
        let times = || self.hits.iter().map(|hit| hit.at);
        Detection {
            network,
            service,
            events: self.hits.iter().fold(0, |sum, hit| sum.saturating_add(hit.events)),
            first: times().min().unwrap_or(Timestamp::MIN),
            last: times().max().unwrap_or(Timestamp::MIN),
            lines: self.hits.into_iter().filter_map(|hit| hit.line).map(Vec::from).collect(),
        }
    }
}
