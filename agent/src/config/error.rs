//! Errors that name the file, the line and the key.

use std::{io, path::PathBuf};

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
        problem: &'static str,
    },
    /// A variable of the environment is not what it should be.
    #[error("environment variable {name}: {problem}")]
    Environment {
        /// Its name.
        name: &'static str,
        /// What is wrong and what was expected.
        problem: String,
    },
}

fn key_prefix(key: Option<&String>) -> String {
    key.map(|key| format!("{key}: ")).unwrap_or_default()
}
