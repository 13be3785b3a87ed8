//! Which file comes after which, when a log is rotated by renaming.
//!
//! The generations of `auth.log` lie beside it, and their names give their order: `auth.log.2`, `auth.log.1`,
//! `auth.log`; or `auth.log-20261122`, `auth.log-20261123`, `auth.log` (logrotate's `dateext`).

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::log::Log;
use crate::sources::{FileId, FilePosition, SourceError};

/// How often a directory is looked at again: it is not read in one piece, so a file that is renamed meanwhile
/// can be missed under both its names.
const LOOKS: usize = 8;

/// Whether this is the name of a generation of some log, not of a log itself: `auth.log.1`, `auth.log-20261123`.
pub(super) fn is_rotated(name: &str) -> bool {
    name.char_indices().skip(1).any(|(at, _)| match Age::of_suffix(&name[at..]) {
        Some(Age::Dated(date)) => date.len() >= "20261123".len(),
        age => age.is_some(),
    })
}

/// Opens the file that `position` is in, wherever rotation moved it in the log's directory.
pub(super) fn find(path: &Path, position: &FilePosition) -> Result<Option<Log>, SourceError> {
    for _ in 0..LOOKS {
        let live = fs::metadata(path).is_ok_and(|metadata| FileId::from(&metadata) == position.id);
        let found = if live { Some(path.to_owned()) } else { Directory::of(path)?.file_with(position.id)? };
        let log = found.map_or(Ok(None), |found| open_if_there(&found))?;
        if let Some(log) = log.filter(|log| log.id() == position.id) {
            return log.resume(position);
        }
    }
    Ok(None)
}

/// Opens the next younger generation of the log at `path` after `current`, `None` while there is none. When
/// `current` is not among the generations any more, that is the log itself.
pub(super) fn successor(path: &Path, current: &Log) -> Result<Option<Log>, SourceError> {
    // Two looks that agree, with the current file where it stood, were not disturbed by a rotation.
    let mut last = look(path, current.id())?;
    let mut placed = last.placed;
    for _ in 0..LOOKS {
        let again = look(path, current.id())?;
        placed |= again.placed;
        let Some((next, id)) = &again.next else { return Ok(None) };
        if again == last && (again.placed || current.is_unlinked()?) {
            let log = open_if_there(next)?.filter(|log| log.id() == *id);
            if log.is_some() && look(path, current.id())? == again {
                return Ok(log);
            }
        }
        last = again;
    }
    match last.next {
        Some((next, _)) if !placed => open_if_there(&next),
        _ => Ok(None),
    }
}

/// Opens a file that may have been renamed since it was seen.
fn open_if_there(path: &Path) -> Result<Option<Log>, SourceError> {
    match Log::open(path) {
        Ok(log) => Ok(Some(log)),
        Err(error) if error.is_missing_log() => Ok(None),
        Err(error) => Err(error),
    }
}

/// What one look at the directory showed.
#[derive(Debug, PartialEq, Eq)]
struct Look {
    /// Whether the current file was seen among the generations.
    placed: bool,
    next: Option<(PathBuf, FileId)>,
}

fn look(path: &Path, current: FileId) -> Result<Look, SourceError> {
    let generations = Directory::of(path)?.generations(path)?;
    let place = generations.iter().position(|generation| generation.id == current);
    let next = match place {
        Some(place) => {
            let family = generations[place].age.family();
            generations[place + 1..]
                .iter()
                .find(|later| later.age == Age::Live || later.age.family() == family)
        }
        None => generations.last().filter(|youngest| youngest.age == Age::Live),
    };
    Ok(Look { placed: place.is_some(), next: next.map(|next| (next.path.clone(), next.id)) })
}

/// Where a log's generations lie: beside the file itself, also when `path` is a link to it.
struct Directory {
    path: PathBuf,
    name: String,
}

/// One file that the log is or was.
#[derive(Debug)]
struct Generation {
    age: Age,
    path: PathBuf,
    id: FileId,
}

impl Directory {
    fn of(path: &Path) -> Result<Self, SourceError> {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match (real.parent(), real.file_name()) {
            (Some(parent), Some(name)) => Ok(Self {
                path: if parent == Path::new("") { PathBuf::from(".") } else { parent.to_owned() },
                name: name.to_string_lossy().into_owned(),
            }),
            _ => Err(SourceError::NotAFile { path: path.to_owned() }),
        }
    }

    /// The log's generations, the oldest first, the log itself last.
    fn generations(&self, live: &Path) -> Result<Vec<Generation>, SourceError> {
        let mut generations = Vec::new();
        self.each_file(|name, path, id| {
            if let Some(age) = name.strip_prefix(&self.name).and_then(Age::of_suffix) {
                generations.push(Generation { age, path, id });
            }
        })?;
        if let Ok(metadata) = fs::metadata(live) {
            generations.push(Generation {
                age: Age::Live,
                path: live.to_owned(),
                id: FileId::from(&metadata),
            });
        }
        generations.sort_by(|a, b| a.age.cmp(&b.age));
        Ok(generations)
    }

    fn file_with(&self, id: FileId) -> Result<Option<PathBuf>, SourceError> {
        let mut found = None;
        self.each_file(|_, path, other| {
            if other == id {
                found = Some(path);
            }
        })?;
        Ok(found)
    }

    /// Names every regular file. One that vanishes meanwhile is passed over.
    fn each_file(&self, mut visit: impl FnMut(&str, PathBuf, FileId)) -> Result<(), SourceError> {
        let fail = |source: io::Error| SourceError::ListDirectory { path: self.path.clone(), source };
        for entry in fs::read_dir(&self.path).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            match entry.metadata() {
                Ok(metadata) if metadata.is_file() => {
                    visit(&entry.file_name().to_string_lossy(), entry.path(), FileId::from(&metadata));
                }
                Ok(_) => (),
                Err(error) if error.kind() == ErrorKind::NotFound => (),
                Err(error) => return Err(fail(error)),
            }
        }
        Ok(())
    }
}

/// How old a generation is; older ones are less.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Age {
    /// Named by its date, which sorts like its text.
    Dated(String),
    /// Counted backwards from the log: the higher the older.
    Numbered(std::cmp::Reverse<u32>),
    /// The log itself.
    Live,
}

impl Age {
    /// The age that a rotated file's name shows behind the log's own: `.1`, `-20261123`, `.2026-11-23`.
    /// `None` for anything else, compressed files among it.
    fn of_suffix(suffix: &str) -> Option<Self> {
        let text = suffix.strip_prefix(['.', '-'])?;
        let is_date = |c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ':' | 'T');
        if !text.starts_with(|c: char| c.is_ascii_digit()) || !text.chars().all(is_date) {
            return None;
        }
        match text.parse() {
            Ok(number) if suffix.starts_with('.') && text.len() < "20261123".len() => {
                Some(Self::Numbered(std::cmp::Reverse(number)))
            }
            _ => Some(Self::Dated(text.to_owned())),
        }
    }

    fn family(&self) -> std::mem::Discriminant<Self> {
        std::mem::discriminant(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Age;

    #[test]
    fn rotated_names_sort_from_the_oldest_to_the_youngest() {
        for names in [
            [".10", ".9", ".1"],
            ["-20261122", "-20261123", "-20261123-1764"],
            [".2026-11-01", ".2026-11-02", ".2026-12-01"],
        ] {
            let ages: Vec<_> = names.iter().map(|name| Age::of_suffix(name)).collect();
            assert!(ages.iter().all(Option::is_some), "{names:?}");
            assert!(ages.is_sorted(), "{ages:?}");
        }
    }

    #[test]
    fn other_files_beside_the_log_are_not_its_generations() {
        for name in ["", ".1.gz", "-20261123.xz", ".swp", ".", "-", "2", ".bak", "-1x"] {
            assert_eq!(Age::of_suffix(name), None, "{name}");
        }
    }
}
