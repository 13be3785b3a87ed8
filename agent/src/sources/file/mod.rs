//! Following log files, whatever rotates them.
//!
//! `log` reads one opened file, `rotation` finds its successor among the rotated ones, `follower` puts both together
//! into one sequence of lines, `followed` sends them. `pattern` says which files there are, `watch` waits for the next
//! write to any of them, `set` holds them all: one inotify instance and one buffer serve a thousand files.

mod followed;
mod follower;
mod log;
mod pattern;
mod rotation;
mod set;
#[cfg(test)]
mod tests;
mod watch;

use self::set::Files;
use super::{Intake, Resume, Start};

/// Which log files to follow.
#[derive(Clone, Debug)]
pub struct FileSource {
    /// Their paths. A name with `*`, `?` or `[...]` means every file that fits, also one that comes later; `*` does
    /// not reach into folders, nor to names that begin with a dot. A symbolic link is followed wherever it points at
    /// the time.
    pub paths: Vec<String>,
    /// Where to begin without a position. A file that was not there at first is always read from its beginning.
    pub start: Start,
}

/// Follows log files through rotation (by renaming and by copying), truncation and replacement, from where `resume`
/// says, until the receiver of the batches is gone. Each file is a source of its own, named by its path; a pattern is
/// listed too, with what is wrong with it.
///
/// A line after a pause is sent within microseconds of being written, lines that follow it within two milliseconds. A
/// file that was rotated is read to its end, also when that happened while the agent was down, then every later
/// generation that is not compressed yet. No line is read twice: of a pattern's matches, rotated and compressed copies
/// are passed over, and a file with two names is followed under one.
pub async fn follow_files(source: FileSource, resume: Resume, intake: Intake) {
    let files = Files::new(source, resume, intake.clone());
    tokio::select! {
        _ = files.follow() => (),
        () = intake.closed() => (),
    }
}
