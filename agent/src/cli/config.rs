//! `config`: the configuration file.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Subcommand;
use serde::Serialize;

use super::{Exit, Options};
use crate::config;

/// Check the configuration, or begin one
#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Tell whether the configuration makes sense; if not, the file, line and key that do not
    Check,
    /// Write the sample: every key with its default and what it means
    Init {
        /// A new file; without it the sample goes to stdout
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Serialize)]
struct Checked {
    ok: bool,
    files: Vec<PathBuf>,
}

impl Config {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match self {
            Self::Check => check(options)?,
            Self::Init { file: Some(file) } => write_sample(&file)?,
            Self::Init { file: None } => io::stdout().write_all(config::SAMPLE.as_bytes())?,
        }
        Ok(Exit::Ok)
    }
}

fn check(options: &Options) -> anyhow::Result<()> {
    let files = options.config_files();
    config::load(&files)?;
    let checked = Checked { ok: true, files };
    options.output().show(&checked, |_| {
        let files: Vec<String> = checked.files.iter().map(|file| file.display().to_string()).collect();
        if files.is_empty() {
            "ok: no files, every default".to_owned()
        } else {
            format!("ok: {}", files.join(" "))
        }
    })?;
    Ok(())
}

fn write_sample(path: &Path) -> anyhow::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(config::SAMPLE.as_bytes()))
        .with_context(|| format!("writing the sample into {}, which must not exist yet", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_that_is_written_is_a_valid_config_and_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sentinel.toml");
        write_sample(&path).unwrap();
        assert_eq!(
            config::load(std::slice::from_ref(&path)).unwrap().detect,
            config::Settings::default().detect
        );
        std::fs::write(&path, "[detect]\n").unwrap();
        assert!(write_sample(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "[detect]\n");
    }
}
