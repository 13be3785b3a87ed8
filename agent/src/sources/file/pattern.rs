//! Which files a path with wildcards means, and in which folders new ones may appear.

use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, glob_with};

use super::rotation;
use crate::sources::SourceError;

/// Names that are looked at for one pattern at most.
const MAX_LOOKED_AT: usize = 10_000;

/// `*` stays within a folder and away from hidden files, as in a shell.
const AS_IN_A_SHELL: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// What compressed logs are called.
const COMPRESSED: [&str; 8] = [".gz", ".bz2", ".xz", ".zst", ".lz4", ".lzma", ".Z", ".zip"];

/// A path with wildcards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
}

impl Pattern {
    /// The pattern that `path` is, if it has wildcards.
    ///
    /// # Errors
    /// When it has, but cannot be understood. `**` is not: it would wander over whole file systems.
    pub(super) fn of(path: &str) -> Result<Option<Self>, SourceError> {
        if !has_wildcard(path) {
            return Ok(None);
        }
        let fail = |reason: String| SourceError::Pattern { pattern: path.to_owned(), reason };
        if path.contains("**") {
            return Err(fail("`**` is not possible, name the folders with `*`".to_owned()));
        }
        glob::Pattern::new(path).map_err(|error| fail(error.to_string()))?;
        Ok(Some(Self { text: path.to_owned() }))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The files that fit, except rotated and compressed copies; real files before links, which may point to one of
    /// them.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let is_log = |path: &PathBuf| path.is_file() && !path.file_name().is_some_and(is_copy);
        let mut files: Vec<_> = matches(&self.text).filter(is_log).collect();
        files.sort_by_key(|path| path.is_symlink());
        files
    }

    /// The folders in which a file that fits may appear, or a folder on the way there.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let mut folders = Vec::new();
        let mut path = PathBuf::new();
        for component in Path::new(&self.text).components() {
            let prefix = path.to_string_lossy().into_owned();
            if has_wildcard(&prefix) {
                folders.extend(matches(&prefix).filter(|path| path.is_dir()));
            } else if component_has_wildcard(component) {
                folders.push(if prefix.is_empty() { PathBuf::from(".") } else { path.clone() });
            }
            path.push(component);
        }
        folders
    }
}

fn matches(pattern: &str) -> impl Iterator<Item = PathBuf> {
    // A folder that cannot be listed holds nothing that could be followed.
    let found = glob_with(pattern, AS_IN_A_SHELL).into_iter().flatten();
    found.take(MAX_LOOKED_AT).filter_map(Result::ok)
}

fn has_wildcard(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

fn component_has_wildcard(component: Component<'_>) -> bool {
    has_wildcard(&component.as_os_str().to_string_lossy())
}

/// Whether a file of this name holds what another one held before.
fn is_copy(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    COMPRESSED.iter().any(|suffix| name.ends_with(suffix)) || rotation::is_rotated(&name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn copies_are_told_from_logs_by_their_names() {
        for name in ["a.log.1", "a.log.12", "a.log-20261123", "a.log.2.gz", "a.xz", "a.log.2026-11-23"] {
            assert!(is_copy(name.as_ref()), "{name}");
        }
        for name in
            ["access.log", "access-2026-11-23.log", "site-1", "ssl_access.log", "log4j.log", "a.log.old"]
        {
            assert!(!is_copy(name.as_ref()), "{name}");
        }
    }

    #[test]
    fn a_pattern_means_logs_in_their_folder_and_watches_every_folder_on_the_way() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for folder in ["a/logs", "b/logs", "c"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["a/logs/access.log", "a/logs/.hidden.log", "b/logs/access.log.1", "c/access.log"] {
            fs::write(at(file), "").unwrap();
        }
        let pattern = Pattern::of(&at("*/logs/*.log*").display().to_string()).unwrap().unwrap();
        assert_eq!(pattern.files(), [at("a/logs/access.log")]);
        let folders = [root.path().to_owned(), at("a"), at("b"), at("c"), at("a/logs"), at("b/logs")];
        assert_eq!(pattern.folders(), folders);
    }

    #[test]
    fn a_plain_path_is_no_pattern_and_an_endless_one_is_refused() {
        assert_eq!(Pattern::of("/var/log/auth.log").unwrap(), None);
        for text in ["/var/**/x.log", "/var/log/[.log", "/**"] {
            assert!(Pattern::of(text).unwrap_err().to_string().contains(text), "{text}");
        }
    }
}
