//! One log file at work: what was read of it is sent, and what fails is tried again later.

use std::time::Instant;

use super::follower::{Follower, Step};
use crate::{
    backoff::Backoff,
    sources::{Content, FilePosition, LONGEST_PAUSE, Outlet, Position, Skipped, SourceError},
};

/// A follower, where its lines go, and since when it has had nothing to follow.
#[derive(Debug)]
pub(super) struct Followed {
    pub(super) follower: Follower,
    /// Whether the configuration names it; others are let go when they vanish.
    pub(super) is_named: bool,
    /// When it was first seen to have vanished.
    pub(super) gone_since: Option<Instant>,
    /// How far its present file was read.
    pub(super) position: Option<FilePosition>,
    outlet: Outlet,
    backoff: Backoff,
    retry: Option<Instant>,
}

/// What one step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Progress {
    /// There is more to read.
    More,
    /// Everything was read that there was; while it was, more may have come.
    CaughtUp,
    /// Other files are open now, and there may be more to read.
    Turned,
    /// There is nothing to read until something changes.
    Idle,
}

impl Followed {
    pub(super) fn new(follower: Follower, is_named: bool, outlet: Outlet) -> Self {
        let backoff = Backoff::up_to(LONGEST_PAUSE);
        Self { follower, is_named, gone_since: None, position: None, outlet, backoff, retry: None }
    }

    /// Does one step. The reads block: they take microseconds from the page cache, which is less than handing them to
    /// another thread would.
    ///
    /// # Errors
    /// [`SourceError::Closed`] alone.
    pub(super) async fn step(&mut self, now: Instant, buffer: &mut [u8]) -> Result<Progress, SourceError> {
        if self.retry.is_some_and(|retry| now < retry) {
            return Ok(Progress::Idle);
        }
        match self.follower.step(now, buffer) {
            Ok(step) => self.deliver(step).await,
            Err(error) => {
                // A missing file is looked for whenever a name comes up, and at each look besides.
                self.retry = (!error.is_missing_log()).then(|| now + self.backoff.pause());
                self.outlet.failed(error);
                Ok(Progress::Idle)
            }
        }
    }

    async fn deliver(&mut self, step: Step) -> Result<Progress, SourceError> {
        match step {
            Step::Read { lines, position } => {
                self.position = Some(position);
                let progress = if lines.at_end { Progress::CaughtUp } else { Progress::More };
                if lines.is_empty() {
                    return Ok(progress);
                }
                self.outlet.count(lines.count, Skipped { overlong: lines.overlong, ..Skipped::default() });
                self.outlet.send(Content::Text(lines.text), Position::File(position)).await?;
                return Ok(progress);
            }
            Step::Turned { position } => {
                self.position = Some(position);
                self.outlet.send(Content::Text(Vec::new()), Position::File(position)).await?;
                return Ok(Progress::Turned);
            }
            Step::Replaced => {
                self.outlet.warn("the log was replaced while nobody read it: reading it from its beginning")
            }
            Step::Truncated => self.outlet.warn("the log was truncated: reading it from its beginning"),
            Step::Idle => {
                self.retry = None;
                self.backoff.reset();
                self.outlet.recovered();
                return Ok(Progress::Idle);
            }
        }
        Ok(Progress::More)
    }
}
