//! Errors that name the file, the line and the key.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::credentials::{CredentialError, Place};

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("reading the config file {}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A line of the file is not what it should be.
    #[error("{}:{line}: {}{problem}", path.display(), key_prefix(.key.as_ref()))]
    Line {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key on it, where there is one.
        key: Option<String>,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// A file does not keep the secret that it should hold.
    #[error("the secret in {}: {problem}", path.display())]
    Secret {
        /// Which file.
        path: PathBuf,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// What stands in no file is not what it should be.
    #[error("{place}: {problem}")]
    Given {
        /// The environment variable or the credential.
        place: Place,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// What stands in no file cannot be read.
    #[error(transparent)]
    Credential(#[from] CredentialError),
}

impl ConfigError {
    pub(super) fn line(path: &Path, line: usize, key: Option<String>, problem: String) -> Self {
        Self::Line { path: path.to_owned(), line, key, problem }
    }
}

fn key_prefix(key: Option<&String>) -> String {
    key.map(|key| format!("{key}: ")).unwrap_or_default()
}
