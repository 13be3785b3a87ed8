//! Files that are written whole or not at all: after a crash or a full disk nobody finds half of one.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{MetadataExt, fchown},
    path::Path,
};

use tempfile::NamedTempFile;

/// What becomes of a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// The new one takes its place.
    Replaced,
    /// It stays, and nothing is written.
    Kept,
}

/// Writes a file that is readable by its owner alone. Its bytes are on disk before it has its name, and so is its name
/// when this returns. What root writes into the folder of another user belongs to that user, who could not read it
/// otherwise.
///
/// # Errors
/// When it cannot be written; [`io::ErrorKind::AlreadyExists`] when there is one that is to be kept.
pub(crate) fn write(path: &Path, bytes: &[u8], existing: Existing) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    hand_over(file.as_file(), folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    match existing {
        Existing::Replaced => file.persist(path)?,
        Existing::Kept => file.persist_noclobber(path)?,
    };
    File::open(folder)?.sync_all()
}

/// Gives a file that root made to the owner of its folder.
fn hand_over(file: &File, folder: &Path) -> io::Result<()> {
    let owner = fs::metadata(folder)?;
    if file.metadata()?.uid() == 0 && owner.uid() != 0 {
        fchown(file, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_or_kept_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "something longer that was there before").unwrap();
        write(&path, b"new", Existing::Replaced).unwrap();
        let refused = write(&path, b"newer", Existing::Kept).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
