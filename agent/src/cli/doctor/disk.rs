//! Whether there is room for what the agent keeps.

use std::{fs, io, path::Path};

use rustix::fs::statvfs;

use super::Check;
use crate::{
    cli::{Exit, output::bytes},
    config::StoreSettings,
};

const NAME: &str = "disk";
const MIB: u64 = 1 << 20;

/// Free bytes without which the database soon cannot be written.
const TOO_LITTLE: u64 = 16 * MIB;
/// Free bytes that are to stay besides what logs may fill.
const SPARE: u64 = 100 * MIB;
/// Free inodes from which on there are enough: a log takes one.
const INODES: u64 = 1000;

/// The state directory's file system.
pub(super) fn check(store: &StoreSettings) -> Check {
    let directory = &store.directory;
    let space = Space::of(directory).map(|space| space.judge(store.capacity.0, directory));
    space.unwrap_or_else(|error| {
        let found = format!("looking at {}: {error}", directory.display());
        Check::unknown(NAME, found, "start the agent once, and run the doctor with sudo")
    })
}

/// Room on a file system.
#[derive(Clone, Copy, Debug)]
struct Space {
    free: u64,
    /// None where files are not counted.
    inodes: Option<u64>,
    /// What the agent's state takes; none when this user may not look.
    state: Option<u64>,
}

impl Space {
    fn of(directory: &Path) -> io::Result<Self> {
        let found = statvfs(directory)?;
        Ok(Self {
            free: found.f_bavail.saturating_mul(found.f_frsize),
            inodes: (found.f_files > 0).then_some(found.f_favail),
            state: size_of(directory).ok(),
        })
    }

    /// With logs that may fill `capacity` bytes.
    fn judge(self, capacity: u64, directory: &Path) -> Check {
        let Self { free, inodes, state } = self;
        let size = state.map_or_else(|| "unknown to this user".to_owned(), bytes);
        let place = directory.display();
        let found = format!("{} free at {place}; the agent's state is {size}", bytes(free));
        let advice = format!("make room at {place}, move store.directory, or lower store.capacity");
        if free < TOO_LITTLE {
            return Check::failed(NAME, found, advice, Exit::Failed);
        }
        if let Some(inodes) = inodes.filter(|inodes| *inodes < INODES) {
            let found = format!("{inodes} files can still be made at {place}");
            return Check::warning(NAME, found, format!("delete small files there: df --inodes {place}"));
        }
        let to_come = capacity.saturating_sub(state.unwrap_or_default());
        if free < to_come.saturating_add(SPARE) {
            let found = format!("{found}, and logs may grow by {}", bytes(to_come));
            return Check::warning(NAME, found, advice);
        }
        Check::ok(NAME, found)
    }
}

/// Bytes of all files below a directory.
fn size_of(directory: &Path) -> io::Result<u64> {
    let mut sum = 0_u64;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let size = if metadata.is_dir() { size_of(&entry.path())? } else { metadata.len() };
        sum = sum.saturating_add(size);
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::{super::Grade, *};

    fn verdict(free: u64, inodes: Option<u64>) -> Grade {
        let space = Space { free, inodes, state: Some(24 * MIB) };
        space.judge(1024 * MIB, Path::new("/var/lib/sentinel-agent")).verdict
    }

    #[test]
    fn a_disk_has_to_hold_what_logs_may_still_fill_and_some_more() {
        assert_eq!(verdict(1100 * MIB, Some(9999)), Grade::Ok);
        assert_eq!(verdict(1100 * MIB, None), Grade::Ok);
        assert_eq!(verdict(1099 * MIB, Some(9999)), Grade::Warning);
        assert_eq!(verdict(1100 * MIB, Some(999)), Grade::Warning);
        assert_eq!(verdict(15 * MIB, Some(9999)), Grade::Failed);
    }

    #[test]
    fn the_state_is_all_files_below_its_directory() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("logs")).unwrap();
        fs::write(folder.path().join("state.db"), [0; 100]).unwrap();
        fs::write(folder.path().join("logs/a.log"), [0; 20]).unwrap();
        assert_eq!(size_of(folder.path()).unwrap(), 120);
        let store = StoreSettings { directory: folder.path().join("none"), ..StoreSettings::default() };
        assert_eq!(check(&store).verdict, Grade::Unknown);
    }
}
