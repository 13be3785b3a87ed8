//! Waiting for any of many logs to change.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    fs::File,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt};
use inotify::{EventMask, EventOwned, EventStream, Inotify, WatchDescriptor, WatchMask};
use tokio::time;

/// The events taken as one change at most, so that a flood of them cannot keep the logs from being read.
const EVENTS: usize = 256;

/// Whoever has something watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Owner {
    /// The patterns: files may have appeared or vanished.
    Patterns,
    /// The log with this number.
    Log(u64),
}

/// What may have changed: looking is cheap.
#[derive(Debug)]
pub(super) enum Changes {
    /// What these have watched.
    Of(BTreeSet<Owner>),
    /// Anything.
    All,
}

/// Tells when a log, or a name in its folder, may have changed.
pub(super) struct Watch {
    events: Option<EventStream<Vec<u8>>>,
    owners: HashMap<WatchDescriptor, BTreeSet<Owner>>,
    watched: HashMap<Owner, Vec<WatchDescriptor>>,
}

impl Watch {
    /// A watch over nothing yet. When the system has no inotify instance left, only time tells.
    pub(super) fn new() -> Self {
        let events = Inotify::init()
            .and_then(|inotify| inotify.into_event_stream(vec![0; 16 * 1024]))
            .inspect_err(|error| tracing::warn!("no inotify, looking at the logs from time to time: {error}"))
            .ok();
        Self { events, owners: HashMap::new(), watched: HashMap::new() }
    }

    /// Watches for this owner the open files of the log at `path`, and the folders where its names stand; nothing
    /// else any more. Whoever reads the files after this misses no change.
    pub(super) fn set_log<'a>(&mut self, owner: Owner, path: &Path, files: impl Iterator<Item = &'a File>) {
        let content = WatchMask::MODIFY | WatchMask::MOVE_SELF | WatchMask::ATTRIB;
        // By descriptor, not by name: the name may mean another file by now.
        let files = files.map(|file| (PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())), content));
        let folders = folders_of(path).into_iter().map(|folder| (folder, names()));
        self.set(owner, folders.chain(files));
    }

    /// Watches these folders for the patterns, and nothing else any more.
    pub(super) fn set_folders(&mut self, folders: Vec<PathBuf>) {
        self.set(Owner::Patterns, folders.into_iter().map(|folder| (folder, names())));
    }

    /// Watches nothing for this owner any more.
    pub(super) fn forget(&mut self, owner: Owner) {
        self.set(owner, std::iter::empty());
    }

    fn set(&mut self, owner: Owner, what: impl Iterator<Item = (PathBuf, WatchMask)>) {
        let Some(events) = &self.events else { return };
        let mut watches = events.watches();
        // What cannot be watched is looked at from time to time.
        let watched: Vec<_> = what.filter_map(|(path, mask)| watches.add(path, mask).ok()).collect();
        for descriptor in &watched {
            self.owners.entry(descriptor.clone()).or_default().insert(owner);
        }
        for old in self.watched.insert(owner, watched.clone()).unwrap_or_default() {
            let Some(owners) = self.owners.get_mut(&old).filter(|_| !watched.contains(&old)) else {
                continue;
            };
            owners.remove(&owner);
            if owners.is_empty() {
                self.owners.remove(&old);
                // It went by itself if its file did.
                let _ = watches.remove(old);
            }
        }
        if watched.is_empty() {
            self.watched.remove(&owner);
        }
    }

    /// Waits for a change, at most as long as given; then anything may have changed. May come back early.
    pub(super) async fn changed(&mut self, at_most: Duration) -> Changes {
        let Some(events) = &mut self.events else {
            time::sleep(at_most).await;
            return Changes::All;
        };
        let mut changed = BTreeSet::new();
        let mut next = match time::timeout(at_most, events.next()).await {
            Ok(next) => next,
            Err(_) => return Changes::All,
        };
        for _ in 0..EVENTS {
            match next {
                Some(Ok(event)) if is_overflow(&event) => return Changes::All,
                Some(Ok(event)) => changed.extend(self.owners.get(&event.wd).into_iter().flatten()),
                Some(Err(error)) => {
                    tracing::warn!("inotify failed, looking at the logs from time to time: {error}");
                    self.events = None;
                    return Changes::All;
                }
                None => {
                    self.events = None;
                    return Changes::All;
                }
            }
            match events.next().now_or_never() {
                Some(another) => next = another,
                None => break,
            }
        }
        Changes::Of(changed)
    }
}

/// What tells that a name in a folder means another file than before.
fn names() -> WatchMask {
    WatchMask::CREATE | WatchMask::MOVED_TO | WatchMask::ATTRIB | WatchMask::ONLYDIR
}

fn is_overflow(event: &EventOwned) -> bool {
    event.mask.contains(EventMask::Q_OVERFLOW)
}

/// Where the log's name stands and, when that is a link, where the file itself does.
fn folders_of(path: &Path) -> Vec<PathBuf> {
    let parent = |path: &Path| {
        path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new(".")).to_owned()
    };
    let mut folders = vec![parent(path)];
    folders.extend(fs::canonicalize(path).ok().map(|real| parent(&real)));
    folders
}
