//! Waiting for a log to change.

use std::{
    fs::{self, File},
    io,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
    time::Duration,
};

use inotify::{Inotify, WatchDescriptor, WatchMask};
use tokio::{io::unix::AsyncFd, time};

/// Tells when a log, or a name in its directory, may have changed. Which one is not told: looking is cheap.
pub(super) struct Watch {
    path: PathBuf,
    inotify: Option<AsyncFd<Inotify>>,
    watched: Vec<WatchDescriptor>,
}

impl Watch {
    /// A watch over the log at `path`. When the system has no inotify instance left, only time tells.
    pub(super) fn new(path: &Path) -> Self {
        let inotify = Inotify::init()
            .and_then(AsyncFd::register)
            .inspect_err(
                |error| tracing::warn!(path = %path.display(), "no inotify, looking once a second: {error}"),
            )
            .ok();
        Self { path: path.to_owned(), inotify, watched: Vec::new() }
    }

    /// Watches these files and the log's directory, and nothing else any more. Whoever reads the files
    /// after this misses no change.
    pub(super) fn set<'a>(&mut self, files: impl Iterator<Item = &'a File>) {
        let Some(inotify) = &self.inotify else { return };
        let mut watches = inotify.get_ref().watches();
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
        match &mut self.inotify {
            Some(inotify) => {
                if let Ok(Err(error)) = time::timeout(at_most, next_events(inotify)).await {
                    tracing::warn!(path = %self.path.display(), "inotify failed, looking once a second: {error}");
                    self.inotify = None;
                }
            }
            None => time::sleep(at_most).await,
        }
    }
}

async fn next_events(inotify: &mut AsyncFd<Inotify>) -> io::Result<()> {
    let mut events = [0; 4096];
    loop {
        let mut ready = inotify.readable_mut().await?;
        if let Ok(read) = ready.try_io(|inotify| inotify.get_mut().read_events(&mut events).map(drop)) {
            return read;
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
