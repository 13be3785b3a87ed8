//! A folder of malicious logs, addressed by their content, with a budget.
//!
//! One file a log, named by its whole hash. A log is written to a temporary file, synced, and renamed, so that a
//! crash at any point loses no finished log and leaves no half one: what carries a hash for a name is whole. The
//! index is rebuilt from the directory, which is the only truth.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use crate::domain::{FileHash, LogId, MAX_LOG_BYTES, MaliciousLog};

mod error;
mod index;
#[cfg(test)]
mod tests;

pub use error::StoreError;
use index::{Entry, Index};

/// What a file is called until it is whole.
const TEMPORARY_PREFIX: &str = ".incoming-";

/// What became of a log that was put into the store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "evictions have to be recorded"]
pub struct Stored {
    /// The log's id.
    pub id: LogId,
    /// The logs that had to go for it, oldest first.
    pub evicted: Vec<LogId>,
}

/// A stored log, open for reading. It stays readable even when it is evicted meanwhile.
#[derive(Debug)]
pub struct OpenLog {
    /// The file. Others may be reading it too: read at offsets.
    pub file: Arc<File>,
    /// Its size in bytes.
    pub len: u64,
    /// SHA-256 of its bytes.
    pub hash: FileHash,
}

/// Some of the logs that this agent keeps, at most so many bytes of them; the oldest go first.
///
/// Its calls block on the disk, except those that say otherwise.
#[derive(Debug)]
pub(super) struct Shelf {
    directory: PathBuf,
    capacity_bytes: u64,
    /// Held for moments only, never while a file is opened, closed or changed: async workers take it too.
    index: Mutex<Index>,
    /// Held by whoever changes the directory, from the first file to the last.
    changing: Mutex<()>,
}

impl Shelf {
    /// Opens the shelf in `directory`, made when missing, for at most `capacity_bytes` bytes of logs.
    ///
    /// Rebuilds the index from what is there, oldest modification first, and removes what a crash left half
    /// written, and what is too much since the capacity was lowered. Files that carry no log's name are left alone.
    ///
    /// # Errors
    /// When the directory cannot be created, listed or cleaned.
    pub(super) fn open(directory: &Path, capacity_bytes: u64) -> Result<Self, StoreError> {
        let index = fs::create_dir_all(directory)
            .and_then(|()| rebuild(directory))
            .map_err(|source| StoreError::OpenStore { path: directory.to_owned(), source })?;
        let (directory, index) = (directory.to_owned(), Mutex::new(index));
        let shelf = Self { directory, capacity_bytes, index, changing: Mutex::default() };
        // Whoever keeps receipts sees at the next comparison what went.
        shelf.evict(None)?;
        Ok(shelf)
    }

    /// Stores a log durably, then evicts the oldest ones while there are too many bytes.
    ///
    /// A log that is stored already stays as it is.
    ///
    /// # Errors
    /// When the log cannot be written, is larger than the whole store, shares its id with another one, or when an
    /// old one cannot be removed (the new one is stored then).
    pub(super) fn put(&self, log: &MaliciousLog) -> Result<Stored, StoreError> {
        let hash = log.hash();
        let id = hash.log_id();
        let bytes = u64::try_from(log.bytes().len()).unwrap_or(u64::MAX);
        if bytes > self.capacity_bytes {
            return Err(StoreError::OverCapacity { id, bytes, capacity: self.capacity_bytes });
        }
        // A log whose file somebody removed is no longer stored.
        self.open_log(id)?;
        if is_stored(&self.index(), hash)? {
            return Ok(Stored { id, evicted: Vec::new() });
        }
        let failed = |source| StoreError::Write { id, path: self.directory.clone(), source };
        let file = self.write_temporary(log.bytes()).map_err(failed)?;
        let changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if is_stored(&self.index(), hash)? {
            return Ok(Stored { id, evicted: Vec::new() });
        }
        file.persist(self.path(hash)).map_err(|error| failed(error.error))?;
        self.index().insert(hash, bytes);
        let evicted = self.evict(Some(id))?;
        drop(changing);
        File::open(&self.directory).and_then(|directory| directory.sync_all()).map_err(failed)?;
        Ok(Stored { id, evicted })
    }

    /// Opens a log for reading, or nothing when there is none with this id.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub(super) fn open_log(&self, id: LogId) -> Result<Option<OpenLog>, StoreError> {
        let Some(Entry { hash, len, age }) = self.index().by_id.get(&id).copied() else { return Ok(None) };
        let path = self.path(hash);
        let opened = File::open(&path);
        let mut index = self.index();
        match opened {
            Ok(file) => {
                let file = Arc::new(file);
                if index.is_there(id, age) {
                    index.open.insert(id, Arc::clone(&file));
                }
                Ok(Some(OpenLog { file, len, hash }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let closed = if index.is_there(id, age) { index.remove(id) } else { None };
                drop((index, closed));
                Ok(None)
            }
            Err(source) => Err(StoreError::Read { path, source }),
        }
    }

    /// A log that is open already, because it was asked for not long ago. This does not wait for the disk.
    #[must_use]
    pub(super) fn log_at_hand(&self, id: LogId) -> Option<OpenLog> {
        let mut index = self.index();
        let file = Arc::clone(index.open.get(&id)?);
        index.by_id.get(&id).map(|&Entry { hash, len, .. }| OpenLog { file, len, hash })
    }

    /// Reads a whole log and checks that its bytes are still those it was named after.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub(super) fn read(&self, id: LogId) -> Result<Option<MaliciousLog>, StoreError> {
        let Some(OpenLog { file, hash, .. }) = self.open_log(id)? else { return Ok(None) };
        let path = self.path(hash);
        let mut bytes = Vec::new();
        let limit = u64::try_from(MAX_LOG_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        if let Err(source) = (&*file).take(limit).read_to_end(&mut bytes) {
            return Err(StoreError::Read { path, source });
        }
        match MaliciousLog::new(bytes) {
            Ok(log) if log.hash() == hash => Ok(Some(log)),
            Ok(log) => Err(StoreError::Damaged { path, found: log.hash() }),
            Err(source) => Err(StoreError::Size { path, source }),
        }
    }

    /// The logs that are stored, oldest first.
    #[must_use]
    pub(super) fn ids(&self) -> Vec<LogId> {
        self.index().by_age.values().copied().collect()
    }

    /// How many logs are stored. This does not wait for the disk.
    #[must_use]
    pub(super) fn count(&self) -> usize {
        self.index().by_id.len()
    }

    /// How many bytes they have together.
    #[must_use]
    pub(super) fn bytes(&self) -> u64 {
        self.index().bytes
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, hash: FileHash) -> PathBuf {
        self.directory.join(file_name(hash))
    }

    fn write_temporary(&self, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
        let mut file = tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(&self.directory)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    /// Whoever calls this is `changing` the directory.
    fn evict(&self, kept: Option<LogId>) -> Result<Vec<LogId>, StoreError> {
        let mut evicted = Vec::new();
        while let Some(hash) = self.surplus(kept) {
            let path = self.path(hash);
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::Evict { path, source });
                }
                _ => drop(self.forget(hash.log_id())),
            }
            evicted.push(hash.log_id());
        }
        Ok(evicted)
    }

    /// The next log that has to go, while there are too many bytes.
    fn surplus(&self, kept: Option<LogId>) -> Option<FileHash> {
        let index = self.index();
        if index.bytes > self.capacity_bytes { index.oldest_except(kept) } else { None }
    }

    fn forget(&self, id: LogId) -> Option<Arc<File>> {
        self.index().remove(id)
    }
}

fn file_name(hash: FileHash) -> String {
    format!("{hash}.log")
}

fn is_stored(index: &Index, hash: FileHash) -> Result<bool, StoreError> {
    match index.by_id.get(&hash.log_id()) {
        Some(entry) if entry.hash != hash => Err(StoreError::IdTaken { refused: hash, stored: entry.hash }),
        entry => Ok(entry.is_some()),
    }
}

fn rebuild(directory: &Path) -> io::Result<Index> {
    let mut found: Vec<(SystemTime, FileHash, u64)> = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !metadata.is_file() {
            continue;
        }
        if name.starts_with(TEMPORARY_PREFIX) {
            fs::remove_file(entry.path())?;
        } else if let Some(Ok(hash)) = name.strip_suffix(".log").map(str::parse) {
            found.push((metadata.modified()?, hash, metadata.len()));
        }
    }
    found.sort_unstable();
    let mut index = Index::default();
    for (_, hash, len) in found {
        index.insert(hash, len);
    }
    Ok(index)
}
