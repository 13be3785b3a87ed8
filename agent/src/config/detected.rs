//! What the agent found to read at its first start. It stands in the agent's own state and before every other file, since
//! who reads hostile lines must not be able to write the operator's configuration.

use std::path::{Path, PathBuf};

use super::{ConfigError, StoreSettings, part::Part};

/// The only section that the agent itself may write.
const SECTION: &str = "sources";

/// Where it stands, in the folder of the agent's state.
#[must_use]
pub fn detected(directory: &Path) -> PathBuf {
    directory.join("detected.toml")
}

/// What was found, if anything was, by agents whose state is where the other parts say. Whoever may not look into that
/// state goes without.
pub(super) fn part(others: &[Part]) -> Result<Option<Part>, ConfigError> {
    let named = others.iter().rev().find_map(|part| part.table.get("store")?.get("directory")?.as_str());
    let directory = named.map_or_else(|| StoreSettings::default().directory, PathBuf::from);
    let path = detected(&directory);
    if !path.try_exists().unwrap_or(false) {
        return Ok(None);
    }
    let part = Part::read(&path)?;
    match part.table.keys().find(|key| *key != SECTION) {
        None => Ok(Some(part)),
        Some(other) => {
            let (line, problem) = (part.line_of(other).unwrap_or(1), "belongs into a file in conf.d");
            Err(ConfigError::line(&path, line, Some(other.clone()), problem.to_owned()))
        }
    }
}
