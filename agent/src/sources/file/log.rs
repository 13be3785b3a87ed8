//! One opened log file: its bytes into lines, and how far it was read.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use memchr::memrchr;

use crate::sources::{
    FileId, FilePosition, Fingerprint, MAX_LINE, SourceError, Start, lines::LineSplitter, position::read_head,
};

/// An opened log file.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
    id: FileId,
    read_to: u64,
    lines: LineSplitter,
    head: Vec<u8>,
    fingerprint: Fingerprint,
}

/// What one read of a log gave.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Lines, each ended by a newline.
    pub(super) text: Vec<u8>,
    /// How many.
    pub(super) count: u64,
    /// How many were skipped as too long.
    pub(super) overlong: u64,
    /// Whether the read came to the end of the file, as it was.
    pub(super) at_end: bool,
}

impl Lines {
    /// Whether the read completed no line.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0 && self.overlong == 0
    }
}

impl Log {
    /// Opens the file at its beginning.
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let fail = |source| SourceError::OpenLog { path: path.to_owned(), source };
        // Not to hang on a pipe that nobody writes to.
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).map_err(fail)?;
        let metadata = file.metadata().map_err(fail)?;
        if !metadata.is_file() {
            return Err(SourceError::NotAFile { path: path.to_owned() });
        }
        Ok(Self {
            path: path.to_owned(),
            id: FileId::from(&metadata),
            file,
            read_to: 0,
            lines: LineSplitter::new(MAX_LINE),
            head: Vec::new(),
            fingerprint: Fingerprint::of(&[]),
        })
    }

    /// Opens the file where its first reader begins.
    pub(super) fn open_at(path: &Path, start: Start) -> Result<Self, SourceError> {
        let mut log = Self::open(path)?;
        if start == Start::End {
            log.read_to = log.start_of_last_line().map_err(|error| log.failed(error))?;
        }
        Ok(log)
    }

    /// Goes on where `position` says, or not at all when it is of another file, or of a longer one.
    pub(super) fn resume(mut self, position: &FilePosition) -> Result<Option<Self>, SourceError> {
        let same = self.id == position.id
            && self.size()? >= position.offset
            && position.fingerprint.matches(&self.file).map_err(|error| self.failed(error))?;
        self.read_to = position.offset;
        Ok(same.then_some(self))
    }

    /// The file's identity.
    pub(super) fn id(&self) -> FileId {
        self.id
    }

    /// The file itself.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Whether the file has no bytes.
    pub(super) fn is_empty(&self) -> Result<bool, SourceError> {
        Ok(self.size()? == 0)
    }

    /// Whether the file has no name any more.
    pub(super) fn is_unlinked(&self) -> Result<bool, SourceError> {
        Ok(self.file.metadata().map_err(|error| self.failed(error))?.nlink() == 0)
    }

    /// The position behind the last complete line.
    pub(super) fn position(&mut self) -> Result<FilePosition, SourceError> {
        if self.head.len() < Fingerprint::LONGEST {
            self.head = read_head(&self.file, Fingerprint::LONGEST).map_err(|error| self.failed(error))?;
            self.fingerprint = Fingerprint::of(&self.head);
        }
        let offset = self.read_to - self.lines.unfinished();
        Ok(FilePosition { id: self.id, offset, fingerprint: self.fingerprint })
    }

    /// Whether what was read is not there any more: the file is shorter, or begins with other bytes.
    pub(super) fn is_truncated(&self) -> Result<bool, SourceError> {
        let head = read_head(&self.file, self.head.len()).map_err(|error| self.failed(error))?;
        Ok(head != self.head || self.size()? < self.read_to)
    }

    /// Begins again at the beginning.
    pub(super) fn rewind(&mut self) {
        self.read_to = 0;
        self.lines = LineSplitter::new(MAX_LINE);
        self.head.clear();
    }

    /// Reads on, once, through `buffer`. `None` at the end of the file.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<Option<Lines>, SourceError> {
        let length = self.file.read_at(buffer, self.read_to).map_err(|error| self.failed(error))?;
        if length == 0 {
            return Ok(None);
        }
        self.read_to += length as u64;
        let at_end = length < buffer.len();
        let mut lines = Lines { text: Vec::with_capacity(length), at_end, ..Lines::default() };
        lines.overlong = self.lines.push(&buffer[..length], |line| {
            lines.text.extend_from_slice(line);
            lines.text.push(b'\n');
            lines.count += 1;
        });
        Ok(Some(lines))
    }

    fn size(&self) -> Result<u64, SourceError> {
        Ok(self.file.metadata().map_err(|error| self.failed(error))?.len())
    }

    /// Where the line starts that is being written, so that it will be whole: the end, mostly.
    fn start_of_last_line(&self) -> io::Result<u64> {
        let size = self.file.metadata()?.len();
        let from = size.saturating_sub(MAX_LINE as u64);
        let mut tail = vec![0; MAX_LINE];
        let length = self.file.read_at(&mut tail, from)?;
        Ok(match memrchr(b'\n', &tail[..length]) {
            Some(newline) => from + newline as u64 + 1,
            None => from,
        })
    }

    fn failed(&self, source: io::Error) -> SourceError {
        SourceError::ReadLog { path: self.path.clone(), source }
    }
}
