//! Which logs are there, in memory.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    sync::Arc,
};

use hashlink::LruCache;

use crate::domain::{FileHash, LogId};

/// Most files that are kept open because they were asked for last.
const KEPT_OPEN: usize = 64;

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) hash: FileHash,
    pub(super) len: u64,
    pub(super) age: u64,
}

/// Which logs are there, in the order in which they came.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) by_id: HashMap<LogId, Entry>,
    pub(super) by_age: BTreeMap<u64, LogId>,
    next_age: u64,
    pub(super) bytes: u64,
    /// Some of the files, open. A log that goes is closed here too, since until then it takes room on the disk.
    pub(super) open: LruCache<LogId, Arc<File>>,
}

impl Default for Index {
    fn default() -> Self {
        let (by_id, by_age) = Default::default();
        Self { by_id, by_age, next_age: 0, bytes: 0, open: LruCache::new(KEPT_OPEN) }
    }
}

impl Index {
    pub(super) fn insert(&mut self, hash: FileHash, len: u64) {
        let id = hash.log_id();
        let age = self.next_age;
        let _ = self.remove(id);
        self.next_age += 1;
        self.by_age.insert(age, id);
        self.by_id.insert(id, Entry { hash, len, age });
        self.bytes += len;
    }

    /// Gives back the file, if it is open: whoever closes it may wait for the disk.
    #[must_use]
    pub(super) fn remove(&mut self, id: LogId) -> Option<Arc<File>> {
        if let Some(entry) = self.by_id.remove(&id) {
            self.by_age.remove(&entry.age);
            self.bytes -= entry.len;
        }
        self.open.remove(&id)
    }

    /// The age of a log tells it from one that was stored later under the same id.
    pub(super) fn is_there(&self, id: LogId, age: u64) -> bool {
        self.by_id.get(&id).is_some_and(|entry| entry.age == age)
    }

    pub(super) fn oldest_except(&self, kept: Option<LogId>) -> Option<FileHash> {
        let id = self.by_age.values().find(|id| Some(**id) != kept)?;
        self.by_id.get(id).map(|entry| entry.hash)
    }
}
