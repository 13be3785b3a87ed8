//! Waiting for files to change, however they are changed: written into, replaced, or reached over other links.

use std::{
    collections::HashSet,
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt};
use inotify::{EventStream, Inotify, WatchDescriptor, WatchMask};
use tokio::{sync::watch, time::sleep};

/// A burst of events is answered with one look, this long after it began.
const SETTLE: Duration = Duration::from_millis(50);
/// The events taken as one burst at most.
const EVENTS: usize = 64;
/// How long until inotify is tried again when the system has none left.
const RETRY: Duration = Duration::from_secs(30);
/// Links followed from one name; the kernel follows 40.
const LINKS: usize = 40;

/// Follows what `read` says, and asks it again whenever something at one of `paths` (files or folders, which need not
/// be there) may have changed. Ends when the last receiver is dropped.
pub(super) fn follow<T>(paths: Vec<PathBuf>, read: impl Fn() -> T + Send + 'static) -> watch::Receiver<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    let mut watch = Watch::new(paths);
    let (sender, receiver) = watch::channel(read());
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = sender.closed() => return,
                () = watch.changed() => {}
            }
            let new = read();
            sender.send_if_modified(|current| {
                let changed = *current != new;
                *current = new;
                changed
            });
        }
    });
    receiver
}

/// Tells when something at its paths may have changed.
struct Watch {
    paths: Vec<PathBuf>,
    events: Option<EventStream<Vec<u8>>>,
    watched: HashSet<WatchDescriptor>,
    /// Whether only time tells at the moment: said once.
    is_blind: bool,
}

impl Watch {
    fn new(paths: Vec<PathBuf>) -> Self {
        let mut watch = Self { paths, events: None, watched: HashSet::new(), is_blind: false };
        watch.open();
        watch
    }

    /// Waits for a change. Whoever looks after this misses none.
    async fn changed(&mut self) {
        match &mut self.events {
            Some(events) => {
                let event = events.next().await;
                sleep(SETTLE).await;
                if !matches!(event, Some(Ok(_))) {
                    self.events = None;
                }
            }
            None => sleep(RETRY).await,
        }
        match &mut self.events {
            Some(events) => {
                while_ready(events);
                self.set();
            }
            None => self.open(),
        }
    }

    fn open(&mut self) {
        self.watched.clear();
        match Inotify::init().and_then(|inotify| inotify.into_event_stream(vec![0; 4096])) {
            Ok(events) => {
                self.events = Some(events);
                self.set();
            }
            Err(error) => self.go_blind(&error),
        }
    }

    /// Watches the places that matter by now, and no other.
    fn set(&mut self) {
        let Some(events) = &self.events else { return };
        let mut watches = events.watches();
        let mask = WatchMask::CREATE
            | WatchMask::DELETE
            | WatchMask::MOVE
            | WatchMask::MODIFY
            | WatchMask::DELETE_SELF
            | WatchMask::MOVE_SELF;
        let mut now = HashSet::new();
        for place in self.paths.iter().flat_map(|path| places(path)) {
            match watches.add(place, mask) {
                Ok(watch) => drop(now.insert(watch)),
                // The watch on the folder above it tells when it comes.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return self.go_blind(&error),
            }
        }
        for old in self.watched.difference(&now) {
            // It went by itself if its place did.
            let _ = watches.remove(old.clone());
        }
        self.watched = now;
        self.is_blind = false;
    }

    fn go_blind(&mut self, error: &io::Error) {
        if !self.is_blind {
            let paths: Vec<_> = self.paths.iter().map(|path| path.display().to_string()).collect();
            let paths = paths.join(" and ");
            tracing::warn!("watching {paths}: {error}; looking every {} s instead", RETRY.as_secs());
        }
        self.is_blind = true;
        self.events = None;
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

/// Where something happens when what is at `path` changes: the folder in which its name stands, those to which links on
/// the way lead, and the thing itself, because a file that is mounted over another has its folder elsewhere. Of what is
/// missing, the folder in which it would have to begin.
fn places(path: &Path) -> Vec<PathBuf> {
    let mut places = Vec::new();
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        places.extend(path.ancestors().skip(1).find(|folder| folder.is_dir()).map(Path::to_owned));
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("/")).join(target),
            Err(_) => break,
        }
    }
    places.push(path);
    places
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Waits until what is followed is `expected`.
    pub(in crate::host) async fn becomes<T: PartialEq + std::fmt::Debug>(
        followed: &mut watch::Receiver<T>,
        expected: T,
    ) {
        let seen = tokio::time::timeout(Duration::from_secs(20), followed.wait_for(|now| *now == expected));
        let seen = seen.await.is_ok();
        assert!(seen, "{:?} instead of {expected:?}", *followed.borrow());
    }

    fn content_of(path: &Path) -> watch::Receiver<String> {
        let file = path.to_owned();
        follow(vec![path.to_owned()], move || fs::read_to_string(&file).unwrap_or_default())
    }

    #[tokio::test]
    async fn a_file_is_followed_when_written_replaced_and_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "one").unwrap();
        let mut content = content_of(&path);
        becomes(&mut content, "one".into()).await;
        fs::write(&path, "two").unwrap();
        becomes(&mut content, "two".into()).await;
        fs::write(folder.path().join("new"), "three").unwrap();
        fs::rename(folder.path().join("new"), &path).unwrap();
        becomes(&mut content, "three".into()).await;
        fs::remove_file(&path).unwrap();
        becomes(&mut content, String::new()).await;
        fs::write(&path, "four").unwrap();
        becomes(&mut content, "four".into()).await;
    }

    #[tokio::test]
    async fn links_are_followed_and_so_is_the_link_that_replaces_one() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("etc")).unwrap();
        fs::create_dir(at("run")).unwrap();
        fs::write(at("run/stub"), "stub").unwrap();
        fs::write(at("run/other"), "other").unwrap();
        symlink("../run/stub", at("etc/file")).unwrap();
        let mut content = content_of(&at("etc/file"));
        becomes(&mut content, "stub".into()).await;
        fs::write(at("run/new"), "changed").unwrap();
        fs::rename(at("run/new"), at("run/stub")).unwrap();
        becomes(&mut content, "changed".into()).await;
        symlink("../run/other", at("etc/new")).unwrap();
        fs::rename(at("etc/new"), at("etc/file")).unwrap();
        becomes(&mut content, "other".into()).await;
        fs::write(at("run/other"), "changed too").unwrap();
        becomes(&mut content, "changed too".into()).await;
    }

    #[tokio::test]
    async fn a_file_is_followed_though_it_is_written_under_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("etc")).unwrap();
        fs::create_dir(at("container")).unwrap();
        fs::write(at("container/file"), "one").unwrap();
        fs::hard_link(at("container/file"), at("etc/file")).unwrap();
        let mut content = content_of(&at("etc/file"));
        fs::write(at("container/file"), "two").unwrap();
        becomes(&mut content, "two".into()).await;
    }

    #[tokio::test]
    async fn folders_that_come_late_go_and_come_again_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let late = folder.path().join("systemd/sessions");
        let mut content = content_of(&late.join("1"));
        for text in ["first", "second"] {
            fs::create_dir_all(&late).unwrap();
            fs::write(late.join("1"), text).unwrap();
            becomes(&mut content, text.into()).await;
            fs::remove_dir_all(folder.path().join("systemd")).unwrap();
            becomes(&mut content, String::new()).await;
        }
    }
}
