//! Waiting for a log to change.

use std::{
    fs::{self, File},
    os::fd::AsRawFd,
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt};
use inotify::{EventStream, Inotify, WatchDescriptor, WatchMask};
use tokio::time;

/// The events taken as one change at most, so that a flood of them cannot keep the log from being read.
const EVENTS: usize = 64;

/// Tells when a log, or a name in its directory, may have changed. Which one is not told: looking is cheap.
pub(super) struct Watch {
    path: PathBuf,
    events: Option<EventStream<Vec<u8>>>,
    watched: Vec<WatchDescriptor>,
}

impl Watch {
    /// A watch over the log at `path`. When the system has no inotify instance left, only time tells.
    pub(super) fn new(path: &Path) -> Self {
        let events = Inotify::init()
            .and_then(|inotify| inotify.into_event_stream(vec![0; 4096]))
            .inspect_err(|error| {
                tracing::warn!(path = %path.display(), "no inotify, looking once a second: {error}");
            })
            .ok();
        Self { path: path.to_owned(), events, watched: Vec::new() }
    }

    /// Watches these files and the log's directory, and nothing else any more. Whoever reads the files
    /// after this misses no change.
    pub(super) fn set<'a>(&mut self, files: impl Iterator<Item = &'a File>) {
        let Some(events) = &self.events else { return };
        let mut watches = events.watches();
        let names = WatchMask::CREATE | WatchMask::MOVED_TO | WatchMask::ATTRIB | WatchMask::ONLYDIR;
        let content = WatchMask::MODIFY | WatchMask::MOVE_SELF | WatchMask::ATTRIB;
        let directories = directories(&self.path).into_iter().map(|directory| (directory, names));
        // By descriptor, not by name: the name may mean another file by now.
        let files = files.map(|file| (PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())), content));
        // What cannot be watched is looked at once a second.
        let watched: Vec<_> =
            directories.chain(files).filter_map(|(path, mask)| watches.add(path, mask).ok()).collect();
        for old in std::mem::replace(&mut self.watched, watched) {
            if !self.watched.contains(&old) {
                // It went by itself if its file did.
                let _ = watches.remove(old);
            }
        }
    }

    /// Waits for a change, at most as long as given. May come back early.
    pub(super) async fn changed(&mut self, at_most: Duration) {
        let Some(events) = &mut self.events else { return time::sleep(at_most).await };
        match time::timeout(at_most, events.next()).await {
            Ok(Some(Ok(_))) => while_ready(events),
            Ok(Some(Err(error))) => {
                tracing::warn!(path = %self.path.display(), "inotify failed, looking once a second: {error}");
                self.events = None;
            }
            Ok(None) => self.events = None,
            Err(_) => (),
        }
    }
}

/// Takes the events that are there already: the look that follows sees all they tell of.
fn while_ready(events: &mut EventStream<Vec<u8>>) {
    for _ in 0..EVENTS {
        if events.next().now_or_never().is_none() {
            return;
        }
    }
}

/// Where the log's name stands and, when that is a link, where the file itself does.
fn directories(path: &Path) -> Vec<PathBuf> {
    let parent = |path: &Path| {
        path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new(".")).to_owned()
    };
    let mut directories = vec![parent(path)];
    directories.extend(fs::canonicalize(path).ok().map(|real| parent(&real)));
    directories
}
