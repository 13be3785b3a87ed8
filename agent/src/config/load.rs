//! Files -> [`Settings`]: the main file, then the drop-in folder beside it, key by key.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::{Table, Value};

use super::{
    ConfigError, ControlSettings, Endpoint, Settings,
    nonsense::{NO_BASE, Nonsense, contradiction, is_base, nonsense},
    secret::READABLE_BY_ALL,
    units::InvalidUnit,
};

/// Where the package puts the config file.
pub const DEFAULT_PATH: &str = "/etc/sentinel-agent/sentinel.toml";

/// Environment variable that goes before `serve.public_url`.
const PUBLIC_URL_VARIABLE: &str = "MY_PEER_URL";

/// The files that make the configuration: `main`, which has to be there, or else the default file where there is one;
/// then `conf.d/*.toml` beside it, in the order of their names.
#[must_use]
pub fn files(main: Option<&Path>) -> Vec<PathBuf> {
    let path = main.unwrap_or(Path::new(DEFAULT_PATH));
    let is_missing = main.is_none() && matches!(path.try_exists(), Ok(false));
    let mut files = if is_missing { Vec::new() } else { vec![path.to_owned()] };
    if let Ok(entries) = fs::read_dir(dropins(main)) {
        let mut dropins: Vec<PathBuf> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
            .collect();
        dropins.sort();
        files.extend(dropins);
    }
    files
}

/// The folder of the drop-in files beside `main`, or else beside the default file.
#[must_use]
pub fn dropins(main: Option<&Path>) -> PathBuf {
    main.unwrap_or(Path::new(DEFAULT_PATH)).with_file_name("conf.d")
}

/// Where these files say that the daemon is reached, whatever else they say: it may run by what they said before.
#[must_use]
pub fn control_socket(files: &[PathBuf]) -> PathBuf {
    let socket = |path: &PathBuf| {
        let table: Table = fs::read_to_string(path).ok()?.parse().ok()?;
        Some(table.get("control")?.get("socket")?.as_str()?.into())
    };
    files.iter().rev().find_map(socket).unwrap_or_else(|| ControlSettings::default().socket)
}

/// One file of the configuration.
struct Part<'a> {
    path: &'a Path,
    text: String,
    table: Table,
}

impl<'a> Part<'a> {
    fn read(path: &'a Path) -> Result<Self, ConfigError> {
        let text =
            fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        parse(&text, path)?;
        let table = toml::from_str(&text).map_err(|error| at_line(&error, &text, path))?;
        Ok(Self { path, text, table })
    }

    /// The line on which it sets `section.key`, or else its first where the key stands within a table; none when it
    /// does not set it at all.
    fn line_of(&self, name: &str) -> Option<usize> {
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(self.table.get(first)?, |value, key| value.get(key))?;
        Some(line_of(&self.text, name).unwrap_or(1))
    }
}

/// Reads these files in their order; later keys replace earlier ones, and what none of them says stays the default.
///
/// Each file is checked by itself first, so that a message names the file in which the mistake stands.
///
/// # Errors
/// When a file cannot be read or says something that cannot be.
pub fn load(files: &[PathBuf]) -> Result<Settings, ConfigError> {
    let parts = files.iter().map(|path| Part::read(path)).collect::<Result<Vec<_>, _>>()?;
    let mut merged = Table::new();
    for part in &parts {
        merge(&mut merged, part.table.clone());
    }
    let last = files.last().map_or(Path::new(DEFAULT_PATH), PathBuf::as_path);
    let settings = Settings::deserialize(merged)
        .map_err(|error| line_error(last, 0, None, error.message().to_owned()))?;
    let settings = with_environment(settings, std::env::var(PUBLIC_URL_VARIABLE).ok())?;
    if let Some(Nonsense { section, key, problem }) = contradiction(&settings) {
        let name = format!("{section}.{key}");
        let place = parts.iter().rev().find_map(|part| Some((part.path, part.line_of(&name)?)));
        let (path, line) = place.unwrap_or((last, 1));
        return Err(line_error(path, line, Some(name), problem.to_owned()));
    }
    if settings.serve.dynamic_dns.password_file.is_none() {
        parts.iter().try_for_each(keeps_its_secret)?;
    }
    Ok(settings)
}

/// Refuses a file that everybody can read and that names an update URL, which without a `password_file` is where the
/// secret stands, if there is one.
fn keeps_its_secret(part: &Part<'_>) -> Result<(), ConfigError> {
    const NAME: &str = "serve.dynamic_dns.url";
    let Some(line) = part.line_of(NAME) else { return Ok(()) };
    let path = part.path;
    let metadata =
        fs::metadata(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    if metadata.mode() & READABLE_BY_ALL == 0 {
        return Ok(());
    }
    let problem = "everybody can read this file, and the URL may hold a secret: give the file to the agent's group and \
                   chmod 640, or write {password} there and set password_file";
    Err(line_error(path, line, Some(NAME.to_owned()), problem.to_owned()))
}

/// Checks one file's text by itself; `path` is what messages call it.
///
/// # Errors
/// When it says something that cannot be.
pub fn parse(text: &str, path: &Path) -> Result<Settings, ConfigError> {
    let settings: Settings = toml::from_str(text).map_err(|error| at_line(&error, text, path))?;
    match nonsense(&settings) {
        Some(Nonsense { section, key, problem }) => {
            let name = format!("{section}.{key}");
            let line = line_of(text, &name).unwrap_or(1);
            Err(line_error(path, line, Some(name), problem.to_owned()))
        }
        None => Ok(settings),
    }
}

fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

fn with_environment(mut settings: Settings, public_url: Option<String>) -> Result<Settings, ConfigError> {
    if let Some(text) = public_url {
        let refused = |problem| ConfigError::Environment { name: PUBLIC_URL_VARIABLE, problem };
        let url: Endpoint = text.parse().map_err(|error: InvalidUnit| refused(error.to_string()))?;
        if !is_base(&url) {
            return Err(refused(NO_BASE.to_owned()));
        }
        settings.serve.public_url = Some(url);
    }
    Ok(settings)
}

fn line_error(path: &Path, line: usize, key: Option<String>, problem: String) -> ConfigError {
    ConfigError::Line { path: path.to_owned(), line, key, problem }
}

fn at_line(error: &toml::de::Error, text: &str, path: &Path) -> ConfigError {
    let offset = error.span().map_or(0, |span| span.start).min(text.len());
    let line = text[..offset].matches('\n').count() + 1;
    line_error(path, line, key_at(text, line), error.message().trim().to_owned())
}

/// `section.key` of a line, as the nearest section header above it and the words before its `=` say.
fn key_at(text: &str, line: usize) -> Option<String> {
    let key = text.lines().nth(line.checked_sub(1)?)?.split_once('=')?.0.trim();
    let section = text.lines().take(line).filter_map(section_header).last();
    Some(section.map_or_else(|| key.to_owned(), |section| format!("{section}.{key}")))
}

fn section_header(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.split_once(']').map(|(name, _)| name.trim())
}

/// The first line that sets `section.key`.
fn line_of(text: &str, name: &str) -> Option<usize> {
    (1..=text.lines().count()).find(|line| key_at(text, *line).as_deref() == Some(name))
}

#[cfg(test)]
mod tests;
