//! What is in force, key by key, and where it comes from.

use std::{fmt, path::PathBuf};

use serde::Serialize;
use toml::{Table, Value};

use super::{
    Configuration,
    part::value_in,
    sample,
    secret::{HIDDEN, shown},
};

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effective {
    /// With its section: `detect.threshold`.
    pub key: String,
    /// None when nothing is set and there is no default. What may be secret of it is left out.
    pub value: Option<Value>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A file.
    File {
        /// Which.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An environment variable or a credential, in words.
    Given(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Given(place) => f.write_str(place),
        }
    }
}

impl Configuration {
    /// Every key in the order of the shipped sample, and then those of single services.
    #[must_use]
    pub fn effective(&self) -> Vec<Effective> {
        let known = sample::keys().iter().map(|key| key.name.clone());
        let own = value_in(&self.merged, SERVICES).and_then(Value::as_table);
        let own = own.into_iter().flat_map(|services| leaves(services, SERVICES));
        known.chain(own).map(|key| self.value_of(key)).collect()
    }

    fn value_of(&self, key: String) -> Effective {
        if let Some(origin) = self.instead_of(&key) {
            return Effective { key, value: Some(HIDDEN.into()), origin };
        }
        let default = || sample::keys().iter().find(|known| known.name == key && known.is_default);
        let value = value_in(&self.merged, &key).or_else(|| default().map(|known| &known.value));
        let value = value.map(|value| shown(&key, value));
        let origin = self.origin_of(&key);
        Effective { key, value, origin }
    }
}

/// Where services have sections of their own.
const SERVICES: &str = "detect.services";

/// The keys of a table and of those within it.
fn leaves(table: &Table, prefix: &str) -> Vec<String> {
    let name = |key: &str| format!("{prefix}.{key}");
    let leaves = table.iter().flat_map(|(key, value)| match value {
        Value::Table(inner) => leaves(inner, &name(key)),
        _ => vec![name(key)],
    });
    leaves.collect()
}
