//! All log files that are followed, those of patterns coming and going.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    convert::Infallible,
    fs, mem,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use hashlink::LruCache;
use tokio::{task, time};

use super::{
    FileSource,
    followed::{Followed, Progress},
    follower::{Follower, LATE},
    pattern::Pattern,
    watch::{Changes, Owner, Watch},
};
use crate::{
    domain::SourceKind,
    sources::{FileId, FilePosition, Intake, Outlet, Position, Resume, SourceError, Start},
};

/// Files that are followed at once.
const MAX_FILES: usize = 1000;

/// The bytes of one read.
const READ: usize = 256 * 1024;

/// The longest pause between two looks at a hundred files, for file systems that report no changes.
const LOOK: Duration = Duration::from_secs(1);

/// The longest pause between two looks for files that fit a pattern.
const SCAN: Duration = Duration::from_secs(30);

/// How long lines gather after some were read: a busy log costs no wake-up a line.
const GATHER: Duration = Duration::from_millis(1);

/// All files that are followed, by numbers.
pub(super) struct Files {
    named: Vec<PathBuf>,
    patterns: Vec<(Pattern, Outlet)>,
    /// Where a file begins that comes now: those of the first look as configured, later ones at their beginning.
    start: Start,
    resume: Resume,
    intake: Intake,
    watch: Watch,
    followed: BTreeMap<u64, Followed>,
    numbers: HashMap<PathBuf, u64>,
    next_number: u64,
    /// How far files were read that may turn up under another name.
    read: LruCache<FileId, FilePosition>,
    /// Patterns that cannot be understood, whose outlets keep them listed.
    misunderstood: Vec<Outlet>,
    buffer: Vec<u8>,
}

impl Files {
    pub(super) fn new(source: FileSource, resume: Resume, intake: Intake) -> Self {
        let mut files = Self {
            named: Vec::new(),
            patterns: Vec::new(),
            start: source.start,
            resume,
            intake,
            watch: Watch::new(),
            followed: BTreeMap::new(),
            numbers: HashMap::new(),
            next_number: 0,
            read: LruCache::new(MAX_FILES),
            misunderstood: Vec::new(),
            buffer: vec![0; READ],
        };
        for path in source.paths {
            match Pattern::of(&path) {
                Ok(None) => files.named.push(PathBuf::from(path)),
                Ok(Some(pattern)) => {
                    let outlet = files.intake.outlet(path, SourceKind::File);
                    files.patterns.push((pattern, outlet));
                }
                Err(error) => {
                    let outlet = files.intake.outlet(path, SourceKind::File);
                    outlet.failed(error);
                    files.misunderstood.push(outlet);
                }
            }
        }
        files
    }

    /// Follows until nobody takes batches any more.
    pub(super) async fn follow(mut self) -> Result<Infallible, SourceError> {
        let mut changes = Changes::All;
        let mut looked = Instant::now();
        let mut scanned = None;
        loop {
            let is_due = scanned.is_none_or(|scanned: Instant| scanned.elapsed() >= SCAN);
            if is_due || matches!(&changes, Changes::Of(owners) if owners.contains(&Owner::Patterns)) {
                scanned = Some(Instant::now());
                let new = self.scan(Instant::now()).await;
                if let Changes::Of(owners) = &mut changes {
                    owners.extend(new);
                }
            }
            self.drain(&changes).await?;
            let wait = self.look_every().saturating_sub(looked.elapsed());
            changes = if wait.is_zero() { Changes::All } else { self.watch.changed(wait).await };
            if matches!(changes, Changes::All) {
                looked = Instant::now();
            }
        }
    }

    fn look_every(&self) -> Duration {
        LOOK.mul_f64((self.followed.len() as f64 / 100.0).max(1.0))
    }

    /// Sends everything there is to read, in turns.
    async fn drain(&mut self, changes: &Changes) -> Result<(), SourceError> {
        let mut busy: BTreeSet<u64> = match changes {
            Changes::All => self.followed.keys().copied().collect(),
            Changes::Of(owners) => owners.iter().filter_map(Owner::log).collect(),
        };
        while !busy.is_empty() {
            let mut progressed = BTreeSet::new();
            for number in mem::take(&mut busy) {
                let Some(followed) = self.followed.get_mut(&number) else { continue };
                let progress = followed.step(Instant::now(), &mut self.buffer).await?;
                if let Some(position) = followed.position {
                    self.read.insert(position.id, position);
                }
                if progress == Progress::Turned {
                    let follower = &followed.follower;
                    self.watch.set_log(Owner::Log(number), follower.path(), follower.files());
                }
                if progress != Progress::Idle {
                    busy.insert(number);
                }
                progressed.insert(progress);
            }
            if progressed.contains(&Progress::CaughtUp) && !progressed.contains(&Progress::More) {
                time::sleep(GATHER).await;
            } else {
                task::yield_now().await;
            }
        }
        Ok(())
    }

    /// Takes up files that came and lets go of those that vanished. Returns the new ones.
    async fn scan(&mut self, now: Instant) -> Vec<Owner> {
        let mut new = Vec::new();
        let mut found = HashSet::new();
        for path in self.named.clone() {
            if !self.is_followed(&path) {
                new.push(self.add(path.clone(), true).await);
            }
            found.insert(path);
        }
        let patterns = mem::take(&mut self.patterns);
        let mut ids: HashSet<FileId> = self.open_files();
        for (pattern, outlet) in &patterns {
            let files = pattern.files();
            let mut problem = files.is_empty().then(|| no_match(pattern));
            for path in files {
                let Some(id) = id_of(&path) else { continue };
                if !self.is_followed(&path) && !ids.contains(&id) {
                    if self.followed.len() >= MAX_FILES {
                        problem = Some(too_many(pattern));
                        break;
                    }
                    new.push(self.add(path.clone(), false).await);
                }
                ids.insert(id);
                found.insert(path);
            }
            match problem {
                Some(error) => outlet.failed(error),
                None => outlet.recovered(),
            }
        }
        self.patterns = patterns;
        self.let_go(&found, now);
        let folders = self.patterns.iter().flat_map(|(pattern, _)| pattern.folders()).take(MAX_FILES);
        self.watch.set_folders(folders.collect());
        self.start = Start::Beginning;
        new
    }

    async fn add(&mut self, path: PathBuf, is_named: bool) -> Owner {
        let name: Arc<str> = path.display().to_string().into();
        let read = id_of(&path).and_then(|id| self.read.get(&id).copied());
        let resume = match (self.resume)(Arc::clone(&name)).await {
            _ if read.is_some() => read,
            Some(Position::File(position)) => Some(position),
            Some(Position::Journal { .. }) | None => None,
        };
        let number = self.next_number;
        self.next_number += 1;
        self.watch.set_log(Owner::Log(number), &path, std::iter::empty());
        let follower = Follower::new(path, self.start, resume);
        let outlet = self.intake.outlet(name, SourceKind::File);
        self.numbers.insert(follower.path().to_owned(), number);
        self.followed.insert(number, Followed::new(follower, is_named, outlet));
        Owner::Log(number)
    }

    /// Lets go of files that no pattern finds any more, once their last lines must have been read.
    fn let_go(&mut self, found: &HashSet<PathBuf>, now: Instant) {
        let (watch, numbers) = (&mut self.watch, &mut self.numbers);
        self.followed.retain(|number, followed| {
            if followed.is_named || found.contains(followed.follower.path()) {
                followed.gone_since = None;
                return true;
            }
            let stays = now.duration_since(*followed.gone_since.get_or_insert(now)) < LATE;
            if !stays {
                watch.forget(Owner::Log(*number));
                numbers.remove(followed.follower.path());
            }
            stays
        });
    }

    fn is_followed(&self, path: &Path) -> bool {
        self.numbers.contains_key(path)
    }

    /// Every file that is open, or that a followed name means by now.
    fn open_files(&self) -> HashSet<FileId> {
        let followers = || self.followed.values().map(|followed| &followed.follower);
        let named = followers().filter_map(|follower| id_of(follower.path()));
        named.chain(followers().flat_map(Follower::ids)).collect()
    }
}

impl Owner {
    fn log(&self) -> Option<u64> {
        match self {
            Self::Patterns => None,
            Self::Log(number) => Some(*number),
        }
    }
}

fn id_of(path: &Path) -> Option<FileId> {
    fs::metadata(path).ok().map(|metadata| FileId::from(&metadata))
}

fn no_match(pattern: &Pattern) -> SourceError {
    SourceError::NoMatch { pattern: pattern.as_str().to_owned() }
}

fn too_many(pattern: &Pattern) -> SourceError {
    SourceError::TooManyFiles { pattern: pattern.as_str().to_owned(), limit: MAX_FILES }
}
