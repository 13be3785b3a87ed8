//! Files -> [`Settings`]: the main file, then the drop-in folder beside it, key by key.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::{Table, Value};

use super::{
    BlockSettings, ConfigError, Settings,
    nonsense::{Nonsense, nonsense},
    secret::READABLE_BY_ALL,
};
use crate::domain::UpdateUrl;

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

/// Reads these files in their order; later keys replace earlier ones, and what none of them says stays the default.
///
/// Each file is checked by itself first, so that a message names the file in which the mistake stands.
///
/// # Errors
/// When a file cannot be read or says something that cannot be.
pub fn load(files: &[PathBuf]) -> Result<Settings, ConfigError> {
    let mut merged = Table::new();
    for path in files {
        let text =
            fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        parse(&text, path)?;
        merge(&mut merged, toml::from_str(&text).map_err(|error| at_line(&error, &text, path))?);
    }
    let last = files.last().map_or(Path::new(DEFAULT_PATH), PathBuf::as_path);
    let settings = Settings::deserialize(merged)
        .map_err(|error| line_error(last, 0, None, error.message().to_owned()))?;
    let settings = with_environment(settings, std::env::var(PUBLIC_URL_VARIABLE).ok())?;
    if let Some((section, key, problem)) = incomplete(&settings) {
        return Err(blame(files, last, section, key, problem));
    }
    keeps_secrets(&settings, files)?;
    Ok(settings)
}

/// Refuses a file that everybody can read and that holds an update URL with a secret in it.
fn keeps_secrets(settings: &Settings, files: &[PathBuf]) -> Result<(), ConfigError> {
    let dynamic_dns = &settings.serve.dynamic_dns;
    if dynamic_dns.url.is_none() || dynamic_dns.password_file.is_some() {
        return Ok(());
    }
    let Some((path, line)) = place_of(files, "serve.dynamic_dns.url") else { return Ok(()) };
    let metadata =
        fs::metadata(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    if metadata.mode() & READABLE_BY_ALL == 0 {
        return Ok(());
    }
    let problem = "everybody can read this file, and the URL holds a secret: give the file to the agent's group and \
                   chmod 640, or write {password} there and set password_file";
    Err(line_error(path, line, Some("serve.dynamic_dns.url".to_owned()), problem.to_owned()))
}

/// Settings that need each other, whichever files they stand in.
fn incomplete(settings: &Settings) -> Option<(&'static str, &'static str, &'static str)> {
    let Settings { block, serve, ledger, share, .. } = settings;
    let publishes = share.publish && ledger.rpc.is_some();
    let dynamic_dns = &serve.dynamic_dns;
    let wants_password = dynamic_dns.url.as_ref().is_some_and(UpdateUrl::wants_password);
    [
        (
            block.max_duration < block.duration,
            (
                "block",
                // Whichever was set: the other one is the default.
                if block.max_duration == BlockSettings::default().max_duration {
                    "duration"
                } else {
                    "max_duration"
                },
                "max_duration may not be less than duration, which is how long the first block lasts",
            ),
        ),
        (
            serve.certificate.is_some() != serve.private_key.is_some(),
            (
                "serve",
                if serve.certificate.is_some() { "certificate" } else { "private_key" },
                "certificate and private_key belong together",
            ),
        ),
        (
            ledger.rpc.is_some() != ledger.program.is_some(),
            (
                "ledger",
                if ledger.rpc.is_some() { "rpc" } else { "program" },
                "rpc and program belong together",
            ),
        ),
        (
            publishes && serve.public_url.is_none() && !serve.may_find_its_url_out(),
            ("share", "publish", "peers must know where to fetch the logs: set serve.public_url too"),
        ),
        (
            !serve.tls && serve.certificate.is_some(),
            ("serve", "certificate", "without TLS no certificate is shown: it belongs to the reverse proxy"),
        ),
        (
            dynamic_dns.username.is_some() && dynamic_dns.password_file.is_none(),
            ("serve.dynamic_dns", "username", "a user name goes with a password: set password_file too"),
        ),
        (
            wants_password && dynamic_dns.password_file.is_none(),
            ("serve.dynamic_dns", "url", "{password} comes from a file: set password_file too"),
        ),
    ]
    .into_iter()
    .find_map(|(wrong, finding)| wrong.then_some(finding))
}

/// Names the last file and line that set `section.key`.
fn blame(files: &[PathBuf], last: &Path, section: &str, key: &str, problem: &str) -> ConfigError {
    let name = format!("{section}.{key}");
    let (path, line) = place_of(files, &name).unwrap_or((last, 1));
    line_error(path, line, Some(name), problem.to_owned())
}

/// The last file and line that set this key.
fn place_of<'a>(files: &'a [PathBuf], name: &str) -> Option<(&'a Path, usize)> {
    files.iter().rev().find_map(|path| {
        let text = fs::read_to_string(path).ok()?;
        let line = (1..=text.lines().count()).find(|line| key_at(&text, *line).as_deref() == Some(name))?;
        Some((path.as_path(), line))
    })
}

/// Checks one file's text by itself; `path` is what messages call it.
///
/// # Errors
/// When it says something that cannot be.
pub fn parse(text: &str, path: &Path) -> Result<Settings, ConfigError> {
    let settings: Settings = toml::from_str(text).map_err(|error| at_line(&error, text, path))?;
    match nonsense(&settings) {
        Some(Nonsense { section, key, problem }) => {
            let line = line_of(text, section, key);
            Err(line_error(path, line, Some(format!("{section}.{key}")), problem.to_owned()))
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
        let url = text.parse().map_err(|error: super::units::InvalidUnit| ConfigError::Environment {
            name: PUBLIC_URL_VARIABLE,
            problem: error.to_string(),
        })?;
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

fn line_of(text: &str, section: &str, key: &str) -> usize {
    let name = format!("{section}.{key}");
    (1..=text.lines().count()).find(|line| key_at(text, *line).as_ref() == Some(&name)).unwrap_or(1)
}

#[cfg(test)]
mod tests;
