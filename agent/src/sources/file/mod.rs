//! Following a log file, whatever rotates it.
//!
//! `log` reads one opened file, `rotation` finds its successor among the rotated ones, `follower` puts both
//! together into one sequence of lines, `watch` waits for the next write, and here the lines are sent.

mod follower;
mod log;
mod rotation;
#[cfg(test)]
mod tests;
mod watch;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use self::{
    follower::{Follower, Step},
    watch::Watch,
};
use super::{Content, LONGEST_PAUSE, Outlet, Position, SourceError, Start};
use crate::backoff::Backoff;

/// The longest pause between two looks at the file, for file systems that report no changes.
const LOOK: Duration = Duration::from_secs(1);

/// Which log file to follow.
#[derive(Clone, Debug)]
pub struct FileSource {
    /// Its path; a symbolic link is followed wherever it points at the time.
    pub path: PathBuf,
    /// Where to begin without a position. A file that is not there yet is always read from its beginning.
    pub start: Start,
}

/// Follows a log file through rotation (by renaming and by copying), truncation and replacement, from
/// `resume` on when given, until the receiver of the batches is gone.
///
/// A line is sent within microseconds of being written. A file that was rotated is read to its end, also
/// when that happened while the agent was down, then every later generation that is not compressed yet.
pub async fn follow_file(source: FileSource, resume: Option<Position>, outlet: Outlet) {
    let resume = match resume {
        Some(Position::File(position)) => Some(position),
        Some(Position::Journal { .. }) | None => None,
    };
    let mut watch = Watch::new(&source.path);
    let mut follower = Follower::new(source.path, source.start, resume);
    let mut backoff = Backoff::up_to(LONGEST_PAUSE);
    loop {
        watch.set(follower.files());
        let pause = match drain(&mut follower, &mut watch, &outlet).await {
            Ok(()) => {
                backoff.reset();
                outlet.recovered();
                LOOK
            }
            Err(SourceError::Closed) => return,
            Err(error) => {
                let pause = if error.is_missing_log() { LOOK } else { backoff.pause() };
                outlet.failed(error);
                pause
            }
        };
        tokio::select! {
            () = watch.changed(pause) => (),
            () = outlet.closed() => return,
        }
    }
}

/// Sends everything there is to read.
///
/// The reads block: they take microseconds from the page cache, which is less than handing them to another
/// thread would.
async fn drain(follower: &mut Follower, watch: &mut Watch, outlet: &Outlet) -> Result<(), SourceError> {
    loop {
        match follower.step(Instant::now())? {
            Step::Read { lines, .. } if lines.is_empty() => tokio::task::yield_now().await,
            Step::Read { lines, position } => {
                outlet.count(lines.count, lines.overlong, 0);
                outlet.send(Content::Text(lines.text), Position::File(position)).await?;
            }
            Step::Turned { position } => {
                watch.set(follower.files());
                outlet.send(Content::Text(Vec::new()), Position::File(position)).await?;
            }
            Step::Replaced => {
                outlet.warn("the log was replaced while nobody read it: reading it from its beginning")
            }
            Step::Truncated => outlet.warn("the log was truncated: reading it from its beginning"),
            Step::Idle => return Ok(()),
        }
    }
}
