//! What is remembered of one network.

use std::collections::VecDeque;

use ipnetwork::IpNetwork;
use jiff::{SignedDuration, Timestamp};
use sentinel_parsers::Service;

use super::{Detection, FAILED_LOGIN, Hit, weight};

/// Lines kept of one network: the first and the last half of this.
pub const MAX_LINES: usize = 20;

/// Longest line that is kept as evidence, in bytes; longer ones count all the same.
pub const MAX_LINE_BYTES: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Track {
    hits: VecDeque<Counted>,
}

#[derive(Debug)]
struct Counted {
    points: u32,
    events: u32,
    /// A whole failed log-in, not a sign of one.
    is_attempt: bool,
    port: Option<u16>,
    at: Timestamp,
    line: Option<Box<[u8]>>,
}

impl Track {
    /// Adds a hit and forgets what has left the window. The window ends with the newest event seen, so a log that
    /// jumps back in time neither forgets nor revives anything.
    pub(super) fn push(&mut self, hit: Hit, window: SignedDuration) {
        let newest = self.hits.iter().map(|hit| hit.at).fold(hit.at, Timestamp::max);
        self.hits.retain(|hit| newest.duration_since(hit.at) < window);
        let points = self.points_of(&hit);
        if points == 0 {
            return;
        }
        self.hits.push_back(Counted {
            points,
            events: hit.count,
            is_attempt: is_attempt(&hit),
            port: hit.port,
            at: hit.at,
            line: hit.line.filter(|line| line.len() <= MAX_LINE_BYTES).map(Vec::into_boxed_slice),
        });
        if self.hits.len() > MAX_LINES {
            self.merge_middle();
        }
    }

    /// What a hit adds. The lines of one connection are about the same attempts: what led up to a failed log-in is part
    /// of it, and that the client hung up afterwards is nothing new.
    fn points_of(&self, hit: &Hit) -> u32 {
        let full = weight(hit.kind).saturating_mul(hit.count);
        let Some(port) = hit.port else { return full };
        let mut same = self.hits.iter().rev().filter(|earlier| earlier.port == Some(port));
        if !is_attempt(hit) {
            return if same.any(|earlier| earlier.is_attempt) { 0 } else { full };
        }
        let led_up = same
            .take_while(|earlier| !earlier.is_attempt)
            .fold(0, |sum: u32, earlier| sum.saturating_add(earlier.points));
        full.saturating_sub(led_up)
    }

    /// Folds the two hits in the middle into one, as of the older: the first and last lines stay whole, and no hit
    /// outlives the window.
    fn merge_middle(&mut self) {
        if let Some(dropped) = self.hits.remove(MAX_LINES / 2)
            && let Some(keeper) = self.hits.get_mut(MAX_LINES / 2 - 1)
        {
            keeper.points = keeper.points.saturating_add(dropped.points);
            keeper.events = keeper.events.saturating_add(dropped.events);
        }
    }

    /// Moves what was seen by so much.
    pub(super) fn clock_set(&mut self, by: SignedDuration) {
        for hit in &mut self.hits {
            hit.at = hit.at.saturating_add(by).unwrap_or(hit.at);
        }
    }

    /// Bytes of evidence that are kept.
    pub(super) fn bytes(&self) -> usize {
        self.hits.iter().filter_map(|hit| hit.line.as_ref()).map(|line| line.len()).sum()
    }

    /// When the newest event was.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.hits.iter().map(|hit| hit.at).max()
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

fn is_attempt(hit: &Hit) -> bool {
    weight(hit.kind) >= FAILED_LOGIN
}
