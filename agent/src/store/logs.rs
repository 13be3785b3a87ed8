//! Malicious logs on disk: this agent's own, and copies of other peers'.
//!
//! Each kind has a folder and a budget of its own, so that no copy ever takes the room of what only this agent has.

use std::path::Path;

use crate::domain::{LogId, MaliciousLog};

mod shelf;

use shelf::Shelf;
pub use shelf::{OpenLog, StoreError, Stored};

/// Where the copies are, inside the store's folder.
const COPIES: &str = "mirrors";

/// The logs that this agent keeps.
///
/// Its calls block on the disk, except those that say otherwise.
#[derive(Debug)]
pub struct LogStore {
    own: Shelf,
    /// None where copies stand among the others.
    copies: Option<Shelf>,
}

impl LogStore {
    /// Opens the store in `directory`, made when missing, for at most `capacity_bytes` bytes of logs, whosever they
    /// are.
    ///
    /// # Errors
    /// When the directory cannot be created, listed or cleaned.
    pub fn open(directory: &Path, capacity_bytes: u64) -> Result<Self, StoreError> {
        Ok(Self { own: Shelf::open(directory, capacity_bytes)?, copies: None })
    }

    /// Opens the store in `directory` for at most `own_bytes` bytes of this agent's own logs and `copies_bytes` bytes
    /// of copies.
    ///
    /// # Errors
    /// When a directory cannot be created, listed or cleaned.
    pub fn open_with_copies(directory: &Path, own_bytes: u64, copies_bytes: u64) -> Result<Self, StoreError> {
        let copies = Shelf::open(&directory.join(COPIES), copies_bytes)?;
        Ok(Self { own: Shelf::open(directory, own_bytes)?, copies: Some(copies) })
    }

    /// Stores one of this agent's own logs durably, then evicts the oldest of them while there are too many bytes.
    ///
    /// A log that is stored already stays as it is.
    ///
    /// # Errors
    /// When the log cannot be written, has no room, shares its id with another one, or when an old one cannot be
    /// removed (the new one is stored then).
    pub fn put(&self, log: &MaliciousLog) -> Result<Stored, StoreError> {
        self.own.put(log)
    }

    /// Stores a copy of another peer's log in the same way, at the cost of older copies only.
    ///
    /// # Errors
    /// Those of [`put`](Self::put).
    pub fn put_copy(&self, log: &MaliciousLog) -> Result<Stored, StoreError> {
        let (hash, id) = (log.hash(), log.hash().log_id());
        match (&self.copies, self.own.open_log(id)?) {
            (Some(copies), None) => copies.put(log),
            (_, Some(own)) if own.hash != hash => {
                Err(StoreError::IdTaken { refused: hash, stored: own.hash })
            }
            (_, Some(_)) => Ok(Stored { id, evicted: Vec::new() }),
            (None, None) => self.own.put(log),
        }
    }

    /// Opens a log for reading, or nothing when there is none with this id.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open_log(&self, id: LogId) -> Result<Option<OpenLog>, StoreError> {
        match (self.own.open_log(id)?, &self.copies) {
            (None, Some(copies)) => copies.open_log(id),
            (own, _) => Ok(own),
        }
    }

    /// A log that is open already, because it was asked for not long ago. Does not wait for the disk.
    #[must_use]
    pub fn log_at_hand(&self, id: LogId) -> Option<OpenLog> {
        self.shelves().find_map(|shelf| shelf.log_at_hand(id))
    }

    /// Reads a whole log and checks that its bytes are still those it was named after.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn read(&self, id: LogId) -> Result<Option<MaliciousLog>, StoreError> {
        match (self.own.read(id)?, &self.copies) {
            (None, Some(copies)) => copies.read(id),
            (own, _) => Ok(own),
        }
    }

    /// The logs that are stored: own ones, then copies, each oldest first. Does not wait for the disk.
    #[must_use]
    pub fn ids(&self) -> Vec<LogId> {
        self.shelves().flat_map(Shelf::ids).collect()
    }

    /// How many logs are stored. Does not wait for the disk.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shelves().map(Shelf::count).sum()
    }

    /// How many bytes they have together. Does not wait for the disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shelves().map(Shelf::bytes).sum()
    }

    fn shelves(&self) -> impl Iterator<Item = &Shelf> {
        std::iter::once(&self.own).chain(&self.copies)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn log(text: &str) -> MaliciousLog {
        MaliciousLog::new(text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn copies_never_take_the_room_of_own_logs_and_own_logs_never_that_of_copies() {
        let folder = tempfile::tempdir().unwrap();
        let store = LogStore::open_with_copies(folder.path(), 10, 5).unwrap();
        let own = store.put(&log("own-111111")).unwrap().id;
        let copy = store.put_copy(&log("copy1")).unwrap().id;
        assert_eq!(store.put_copy(&log("copy2")).unwrap().evicted, [copy]);
        assert!(store.read(own).unwrap().is_some() && store.read(copy).unwrap().is_none());
        assert_eq!(store.put(&log("own-222222")).unwrap().evicted, [own]);
        assert_eq!((store.count(), store.bytes()), (2, 15));
        assert!(matches!(store.put_copy(&log("copy-3")), Err(StoreError::OverCapacity { .. })));
    }

    #[test]
    fn what_is_own_and_what_is_a_copy_is_known_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let store = LogStore::open_with_copies(folder.path(), 10, 10).unwrap();
        let (own, copy) = (log("own"), log("copy"));
        let (_, copied) = (store.put(&own).unwrap(), store.put_copy(&copy).unwrap());
        drop(store);
        let store = LogStore::open_with_copies(folder.path(), 10, 10).unwrap();
        assert_eq!(store.ids(), [own.hash().log_id(), copied.id]);
        assert_eq!(store.put_copy(&log("0123456789")).unwrap().evicted, [copied.id]);
    }

    #[test]
    fn a_copy_of_what_is_own_takes_no_room() {
        let folder = tempfile::tempdir().unwrap();
        let store = LogStore::open_with_copies(folder.path(), 10, 10).unwrap();
        assert_eq!(store.put(&log("same")).unwrap(), store.put_copy(&log("same")).unwrap());
        assert_eq!(store.count(), 1);
    }
}
