//! Files -> [`Settings`]: what the agent itself found, the main file, then the drop-in folder beside it, then what is given outside, key by key.

use std::{
    fs, io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::{Table, Value};

use super::{
    ConfigError, ControlSettings, Origin, Settings, detected,
    given::{self, GivenKey},
    nonsense::{Nonsense, contradiction},
    part::Part,
    secret,
};
use crate::credentials::{self, PRIVATE_KEY, Place};

/// Where the package puts the config file.
pub const DEFAULT_PATH: &str = "/etc/sentinel-agent/sentinel.toml";

/// The files that make the configuration: `main`, which has to be there, or else the default file where there is one;
/// then `conf.d/*.toml` beside it, in the order of their names, without hidden ones.
#[must_use]
pub fn files(main: Option<&Path>) -> Vec<PathBuf> {
    let path = main.unwrap_or(Path::new(DEFAULT_PATH));
    let is_missing = main.is_none() && matches!(path.try_exists(), Ok(false));
    let mut files = if is_missing { Vec::new() } else { vec![path.to_owned()] };
    let folder = dropins(main);
    match files_in(&folder) {
        Ok(dropins) => files.extend(dropins),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        // Whoever reads the files is told why: settings that are there must not be passed over. With a slash at its end it
        // is no file that could be read, whatever it is.
        Err(_) => files.push(folder.join("")),
    }
    files
}

/// The drop-in files of a folder. What editors keep beside a file has a name that begins with a dot.
fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut files = entries.collect::<io::Result<Vec<_>>>()?;
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_bytes().starts_with(b"."));
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml") && !is_hidden(path));
    files.sort();
    Ok(files)
}

/// The folder of the drop-in files beside `main`, or else beside the default file.
fn dropins(main: Option<&Path>) -> PathBuf {
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

/// The configuration, put together.
#[derive(Debug)]
pub struct Configuration {
    /// What it comes to.
    pub settings: Settings,
    /// What does not keep the agent from working, and should be seen to.
    pub warnings: Vec<String>,
    pub(super) merged: Table,
    parts: Vec<Part>,
    given: Vec<GivenKey>,
    /// Where the identity's private key is given, which goes before its file.
    private_key: Option<Place>,
}

impl Configuration {
    /// Reads what the agent itself found, then these files in their order; later keys replace earlier ones, what is given
    /// beside all files replaces both, and what nobody says stays the default.
    ///
    /// Each is checked by itself first, so that a message names the place where the mistake stands.
    ///
    /// # Errors
    /// When something cannot be read or says something that cannot be.
    pub fn read(files: &[PathBuf]) -> Result<Self, ConfigError> {
        let all = Self::gather(files)?;
        if let Some(error) = all.contradiction().or_else(|| all.open_file()) {
            return Err(error);
        }
        if all.private_key.is_none() {
            secret::is_key_kept(&all.settings.identity.key_file)?;
        }
        Ok(all)
    }

    /// The same, without looking at what only shows when all is put together. What another process is given beside all
    /// files is not known here, and may be what is missing.
    ///
    /// # Errors
    /// When something cannot be read, or says by itself something that cannot be.
    pub fn gather(files: &[PathBuf]) -> Result<Self, ConfigError> {
        let mut parts = files.iter().map(|path| Part::read(path)).collect::<Result<Vec<_>, _>>()?;
        if let Some(found) = detected::part(&parts)? {
            parts.insert(0, found);
        }
        Self::of(parts, given::all().collect::<Result<_, _>>()?)
    }

    /// The first of the settings that contradict or lack each other.
    #[must_use]
    pub fn contradiction(&self) -> Option<ConfigError> {
        let Nonsense { name, problem } = contradiction(&self.settings)?;
        Some(self.wrong(name, problem))
    }

    /// The first file that everybody can read though there is a password in it.
    #[must_use]
    pub fn open_file(&self) -> Option<ConfigError> {
        self.parts.iter().find_map(|part| secret::is_kept(part, &self.settings).err())
    }

    pub(super) fn of(parts: Vec<Part>, given: Vec<GivenKey>) -> Result<Self, ConfigError> {
        let mut merged = Table::new();
        for table in parts.iter().map(|part| &part.table).chain(given.iter().map(|given| &given.table)) {
            merge(&mut merged, table.clone());
        }
        let last = parts.last().map_or(Path::new(DEFAULT_PATH), |part| &part.path);
        let settings = Settings::deserialize(merged.clone())
            .map_err(|error| ConfigError::line(last, 1, None, error.message().to_owned()))?;
        let private_key = credentials::find(PRIVATE_KEY)?.map(|given| given.place);
        let mut all = Self { settings, warnings: Vec::new(), merged, parts, given, private_key };
        all.warnings = secret::warnings(&all.parts, &all.settings);
        Ok(all)
    }

    /// Where the value of a key comes from.
    pub(super) fn origin_of(&self, name: &str) -> Origin {
        if let Some(given) = self.given.iter().find(|given| given.name == name) {
            return Origin::Given(given.place.to_string());
        }
        let place = |part: &Part| Some((part.path.clone(), part.line_of(name)?));
        self.parts
            .iter()
            .rev()
            .find_map(place)
            .map_or(Origin::Default, |(path, line)| Origin::File { path, line })
    }

    /// What is in force instead of a key, if something is.
    pub(super) fn instead_of(&self, name: &str) -> Option<Origin> {
        let place = self.private_key.as_ref().filter(|_| name == "identity.key_file")?;
        Some(Origin::Given(place.to_string()))
    }

    fn wrong(&self, name: String, problem: &str) -> ConfigError {
        if let Some(given) = self.given.iter().find(|given| given.name == name) {
            return ConfigError::Given { place: given.place.clone(), problem: problem.to_owned() };
        }
        let (path, line) = match self.origin_of(&name) {
            Origin::File { path, line } => (path, line),
            _ => (self.parts.last().map_or(DEFAULT_PATH.into(), |part| part.path.clone()), 1),
        };
        ConfigError::Line { path, line, key: Some(name), problem: problem.to_owned() }
    }
}

/// The settings alone, as [`Configuration::read`] puts them together.
///
/// # Errors
/// As there.
pub fn load(files: &[PathBuf]) -> Result<Settings, ConfigError> {
    Configuration::read(files).map(|all| all.settings)
}

/// Checks one file's text by itself; `path` is what messages call it.
///
/// # Errors
/// When it says something that cannot be.
pub fn parse(text: &str, path: &Path) -> Result<Settings, ConfigError> {
    Part::parse(text.to_owned(), path).map(|(_, settings)| settings)
}

/// Adds what a later table says, key by key.
pub(super) fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
