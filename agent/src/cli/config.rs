//! `config`: the configuration file.

mod reload;

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Subcommand;
use serde::Serialize;

use super::{
    Exit, Options,
    exit::{self, exit_of},
    output::Table,
};
use crate::{
    config::{self, Configuration, Effective},
    control::Request,
    daemon,
    told::told,
};

/// Check or show the configuration, or begin one
#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Tell whether the configuration makes sense; if not, the file, line and key that do not
    Check,
    /// Show what is in force, key by key, and where each value comes from; secrets are left out
    Show {
        /// Only keys that begin so, such as detect or serve.tls
        key: Option<String>,
    },
    /// Have the daemon take the configuration of now, and tell what became of it
    ///
    /// One that makes no sense changes nothing. `systemctl reload sentinel-agent` does the same.
    Reload,
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
    warnings: Vec<String>,
    problem: Option<String>,
}

/// What `config show` shows.
#[derive(Serialize)]
struct Shown<'a> {
    settings: &'a [Effective],
}

impl Config {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match self {
            Self::Check => return check(options),
            Self::Show { key } => return show(options, key.as_deref().unwrap_or_default()),
            Self::Reload => return reload::reload(options),
            Self::Init { file: Some(file) } => write_sample(&file)?,
            Self::Init { file: None } => io::stdout().write_all(config::SAMPLE.as_bytes())?,
        }
        Ok(Exit::Ok)
    }
}

fn check(options: &Options) -> anyhow::Result<Exit> {
    let files = options.config_files();
    let (warnings, problem) = match examine(options, &files) {
        Ok(warnings) => (warnings, None),
        // In JSON the mistake is the answer; otherwise it is told as every failure.
        Err(error) if options.json => (Vec::new(), Some(error)),
        Err(error) => return Err(error),
    };
    let exit = problem.as_ref().map_or(Exit::Ok, exit_of);
    let problem = problem.map(|error| told(&error));
    let checked = Checked { ok: problem.is_none(), files, warnings, problem };
    if !options.json {
        checked.warnings.iter().for_each(|warning| exit::say(&format!("warning: {warning}")));
    }
    options.output().show(&checked, |_| {
        let files: Vec<String> = checked.files.iter().map(|file| file.display().to_string()).collect();
        if files.is_empty() {
            "ok: no files, every default".to_owned()
        } else {
            format!("ok: {}", files.join(" "))
        }
    })?;
    Ok(exit)
}

/// What should be seen to. Whoever checks may not be the one who may read every key.
fn examine(options: &Options, files: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    if let Some(missing) = Configuration::gather(files)?.contradiction()
        && options.ask(&Request::Status).is_ok()
    {
        let judge = "the daemon may be given by its environment or a credential what is missing here, and judges by itself \
                     with `sentinel-agent config reload`";
        return Ok(vec![format!("{missing}; {judge}")]);
    }
    let Configuration { settings, mut warnings, .. } = Configuration::read(files)?;
    match daemon::foresee(&settings) {
        Err(error) if exit_of(&error) == Exit::Permission => {
            warnings.push(format!("not looked at: {}", told(&error)))
        }
        looked_at => looked_at?,
    }
    Ok(warnings)
}

fn show(options: &Options, beginning: &str) -> anyhow::Result<Exit> {
    let mut all = Configuration::gather(&options.config_files())?.effective();
    all.retain(|effective| effective.key.starts_with(beginning));
    if all.is_empty() {
        exit::say(&format!("no key begins with {beginning}"));
        return Ok(Exit::NotFound);
    }
    options.output().show(&Shown { settings: &all }, |_| table(&all))?;
    if !options.json {
        exit::say(
            "this is what this command finds; the service may have more from /etc/default/sentinel-agent and its credentials",
        );
    }
    Ok(Exit::Ok)
}

pub(super) fn table(all: &[Effective]) -> Table {
    let mut table = Table::new(["key", "value", "from"]);
    for Effective { key, value, origin } in all {
        let value = value.as_ref().map_or_else(|| "not set".to_owned(), ToString::to_string);
        table.row([key.clone(), value, origin.to_string()]);
    }
    table
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
