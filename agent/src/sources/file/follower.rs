//! One sequence of lines out of a log's generations.

use std::{
    fs::{self, File},
    io::ErrorKind,
    mem,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{
    log::{Lines, Log},
    rotation,
};
use crate::sources::{FileId, FilePosition, SourceError, Start};

/// How long a rotated file is still read after its successor was begun: a daemon of many processes
/// does not reopen its log in all of them at once.
pub(super) const LATE: Duration = Duration::from_secs(60);

/// What happened.
#[derive(Debug)]
pub(super) enum Step {
    /// Something was read; it may hold no line's end yet.
    Read { lines: Lines, position: FilePosition },
    /// Other files are open now than before.
    Turned { position: FilePosition },
    /// The file of the position is gone: the log will be read from its beginning.
    Replaced,
    /// The file is not what it was: it will be read from its beginning.
    Truncated,
    /// There is nothing to read until something changes.
    Idle,
}

/// Reads a log, generation after generation. Knows nothing of waiting: it is asked for the next step until
/// that is [`Step::Idle`].
#[derive(Debug)]
pub(super) struct Follower {
    path: PathBuf,
    start: Start,
    resume: Option<FilePosition>,
    reader: Option<Reader>,
}

impl Follower {
    /// A follower of the log at `path`: from `resume` on when given, else from `start`.
    pub(super) fn new(path: PathBuf, start: Start, resume: Option<FilePosition>) -> Self {
        Self { path, start, resume, reader: None }
    }

    /// The open files, whose changes matter.
    pub(super) fn files(&self) -> impl Iterator<Item = &File> {
        self.reader.iter().flat_map(Reader::logs).map(Log::file)
    }

    /// The path of the log.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The identities of the open files.
    pub(super) fn ids(&self) -> impl Iterator<Item = FileId> {
        self.reader.iter().flat_map(Reader::logs).map(Log::id)
    }

    /// Does the next thing there is to do, reading through `buffer`. After an error it can be asked again.
    pub(super) fn step(&mut self, now: Instant, buffer: &mut [u8]) -> Result<Step, SourceError> {
        match &mut self.reader {
            Some(reader) => reader.step(now, buffer),
            None => self.open(),
        }
    }

    fn open(&mut self) -> Result<Step, SourceError> {
        let log = match &self.resume {
            Some(position) => match rotation::find(&self.path, position)? {
                Some(log) => log,
                None => {
                    self.resume = None;
                    self.start = Start::Beginning;
                    return Ok(Step::Replaced);
                }
            },
            None => Log::open_at(&self.path, self.start).inspect_err(|error| {
                // What is written to a file that was not there before is news.
                if error.is_missing_log() {
                    self.start = Start::Beginning;
                }
            })?,
        };
        let reader = self.reader.insert(Reader::new(self.path.clone(), log));
        Ok(Step::Turned { position: reader.current.position()? })
    }
}

/// The generations that are open.
#[derive(Debug)]
struct Reader {
    path: PathBuf,
    current: Log,
    next: Option<Successor>,
    /// The predecessor of `current`, and until when it is read.
    late: Option<(Log, Instant)>,
}

/// The generation after the current one.
#[derive(Debug)]
struct Successor {
    log: Log,
    /// Whether it was written to. Once it is, the current one must be read to its end once more: what was
    /// written to that one came earlier.
    begun: bool,
}

impl Reader {
    fn new(path: PathBuf, current: Log) -> Self {
        Self { path, current, next: None, late: None }
    }

    fn logs(&self) -> impl Iterator<Item = &Log> {
        let next = self.next.iter().map(|next| &next.log);
        let late = self.late.iter().map(|(log, _)| log);
        std::iter::once(&self.current).chain(next).chain(late)
    }

    fn step(&mut self, now: Instant, buffer: &mut [u8]) -> Result<Step, SourceError> {
        if self.current.is_truncated()? {
            self.current.rewind();
            return Ok(Step::Truncated);
        }
        if let Some(lines) = self.read(buffer)? {
            return Ok(Step::Read { lines, position: self.current.position()? });
        }
        if self.turn(now)? {
            return Ok(Step::Turned { position: self.current.position()? });
        }
        Ok(Step::Idle)
    }

    /// Reads on in the current file, at its end in the late one.
    fn read(&mut self, buffer: &mut [u8]) -> Result<Option<Lines>, SourceError> {
        let lines = self.current.read(buffer)?;
        match &mut self.late {
            Some((late, _)) if lines.is_none() => late.read(buffer),
            _ => Ok(lines),
        }
    }

    /// Opens, begins or gives up a file when its time has come. Returns whether it did.
    fn turn(&mut self, now: Instant) -> Result<bool, SourceError> {
        if self.late.take_if(|(_, until)| *until <= now).is_some() {
            return Ok(true);
        }
        let live = self.live()?;
        match &mut self.next {
            Some(next) if next.begun => {
                if let Some(next) = self.next.take() {
                    self.late = Some((mem::replace(&mut self.current, next.log), now + LATE));
                }
                Ok(true)
            }
            Some(next) => {
                next.begun = live != Some(next.log.id()) || !next.log.is_empty()?;
                Ok(next.begun)
            }
            None if live.is_none_or(|live| live == self.current.id()) => Ok(false),
            None => {
                let found = rotation::successor(&self.path, &self.current)?;
                self.next = found.map(|log| Successor { log, begun: false });
                Ok(self.next.is_some())
            }
        }
    }

    /// The file that the log's name means now.
    fn live(&self) -> Result<Option<FileId>, SourceError> {
        match fs::metadata(&self.path) {
            Ok(metadata) => Ok(Some(FileId::from(&metadata))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SourceError::OpenLog { path: self.path.clone(), source }),
        }
    }
}
