//! How far a source was read: what a restart needs to go on.

use std::{
    fs::{File, Metadata},
    io,
    os::unix::fs::{FileExt, MetadataExt},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How far a source was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Position {
    /// In a followed file.
    File(FilePosition),
    /// In the journal.
    Journal {
        /// The `__CURSOR` of the last entry read.
        cursor: String,
    },
}

/// How far a file was read. The file is known by its inode, not its name: rotation renames it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePosition {
    /// The file's identity.
    #[serde(flatten)]
    pub id: FileId,
    /// The first byte that was not delivered: the start of a line.
    pub offset: u64,
    /// Tells this file from a later one that was given the same inode.
    pub fingerprint: Fingerprint,
}

/// What identifies a file on this machine as long as it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileId {
    /// The device it lies on.
    pub device: u64,
    /// Its inode there.
    pub inode: u64,
}

impl From<&Metadata> for FileId {
    fn from(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

/// A file's first bytes, hashed. Log files start with a time, so two of them seldom start alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// How many bytes were hashed, at most [`Fingerprint::LONGEST`]; a young file has fewer.
    length: usize,
    /// The first eight bytes of their SHA-256.
    digest: u64,
}

impl Fingerprint {
    /// How many bytes a fingerprint covers at most.
    pub const LONGEST: usize = 256;

    /// The fingerprint of a file that begins with `head`, at most [`Fingerprint::LONGEST`] bytes.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        let digest = Sha256::digest(head).iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        Self { length: head.len(), digest }
    }

    /// Whether `file` still begins with the bytes this was made of.
    pub(super) fn matches(&self, file: &File) -> io::Result<bool> {
        let head = read_head(file, self.length.min(Self::LONGEST))?;
        Ok(*self == Self::of(&head))
    }
}

/// The first `length` bytes of `file`, fewer when it is shorter.
pub(super) fn read_head(file: &File, length: usize) -> io::Result<Vec<u8>> {
    let mut head = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match file.read_at(&mut head[filled..], filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    head.truncate(filled);
    Ok(head)
}
