//! The shipped sample, read: every key that there is, and what is shown for it.

use std::sync::LazyLock;

use serde::Deserialize;
use toml::{Table, Value};

use super::{SAMPLE, Settings, given::nested};

/// A key as the sample shows it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown {
    /// With its section: `detect.threshold`.
    pub(super) name: String,
    /// The default, or an example where there is none.
    pub(super) value: Value,
    /// Whether it is the default.
    pub(super) is_default: bool,
}

impl Shown {
    /// The section that it stands in.
    pub(super) fn section(&self) -> &str {
        self.name.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// Its own name.
    pub(super) fn key(&self) -> &str {
        self.name.rsplit_once('.').map_or(&self.name, |(_, key)| key)
    }
}

/// Every key, in the sample's order.
pub(super) fn keys() -> &'static [Shown] {
    static KEYS: LazyLock<Vec<Shown>> = LazyLock::new(|| read(SAMPLE));
    &KEYS
}

/// Every section.
pub(super) fn sections() -> impl Iterator<Item = &'static str> {
    SAMPLE.lines().filter_map(section)
}

/// What is shown for a key.
pub(super) fn shown(name: &str) -> Option<Value> {
    keys().iter().find(|known| known.name == name).map(|known| known.value.clone())
}

/// The keys of a sample: lines such as `# threshold = 5` under their section.
fn read(sample: &str) -> Vec<Shown> {
    let mut current = "";
    let mut keys = Vec::new();
    for line in sample.lines() {
        if let Some(section) = section(line) {
            current = section;
        } else if let Some((key, value)) = setting(line) {
            let name = format!("{current}.{key}");
            let is_default = with(&name, value.clone()).is_some_and(|set| set == Settings::default());
            keys.push(Shown { name, value, is_default });
        }
    }
    keys
}

fn section(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

/// The key and the value of a line, its comment mark taken off.
fn setting(line: &str) -> Option<(&str, Value)> {
    let line = line.strip_prefix("# ").unwrap_or(line);
    let (key, _) = line.split_once(" = ")?;
    let is_key = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let table: Table = line.parse().ok().filter(|_| is_key)?;
    Some((key, table.get(key)?.clone()))
}

/// The defaults with one other value.
fn with(name: &str, value: Value) -> Option<Settings> {
    Settings::deserialize(nested(name, value)).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_sample_has_every_key_of_the_settings_once_and_no_other() {
        let named: Vec<String> = keys().iter().map(|key| key.name.clone()).collect();
        let sampled: BTreeSet<String> = named.iter().cloned().collect();
        assert_eq!(sampled.len(), named.len(), "a key stands there twice");
        assert_eq!(sampled, every_key());
    }

    /// Every key of the settings, as their own complaint about one that they do not have lists them.
    fn every_key() -> BTreeSet<String> {
        let mut sections = vec![String::new()];
        let mut keys = BTreeSet::new();
        while let Some(section) = sections.pop() {
            for name in names_in(&section).unwrap() {
                let name = if section.is_empty() { name } else { format!("{section}.{name}") };
                match names_in(&name) {
                    Some(_) => sections.push(name),
                    None => keys.extend([name]),
                }
            }
        }
        // Services have sections of their own, which the sample tells of in prose.
        assert!(keys.remove("detect.services"));
        keys
    }

    /// The names of a section, if it is one.
    fn names_in(section: &str) -> Option<Vec<String>> {
        let header = if section.is_empty() { String::new() } else { format!("[{section}]\n") };
        let error = toml::from_str::<Settings>(&format!("{header}no_such_key = 1\n")).unwrap_err();
        let names = error.message().strip_prefix("unknown field `no_such_key`, expected ")?;
        Some(names.split('`').skip(1).step_by(2).map(str::to_owned).collect())
    }

    #[test]
    fn what_the_sample_shows_is_the_default_or_the_example_of_a_key_without_one() {
        let examples: Vec<&str> =
            keys().iter().filter(|key| !key.is_default).map(|key| key.name.as_str()).collect();
        assert_eq!(
            examples,
            [
                "metrics.listen",
                "sources.journald.directory",
                "sources.syslog.allow",
                "detect.web_rules",
                "serve.public_url",
                "serve.certificate",
                "serve.private_key",
                "serve.dynamic_dns.url",
                "serve.dynamic_dns.username",
                "serve.dynamic_dns.password",
                "serve.dynamic_dns.password_file",
                "ledger.program",
            ]
        );
    }

    #[test]
    fn a_wrong_default_and_prose_about_a_key_are_told_apart_from_a_setting() {
        let keys = read("[detect]\n# Rather: threshold = 3\n# threshold = 6\n# window = \"10m\"\n");
        let found: Vec<(&str, bool)> = keys.iter().map(|key| (key.key(), key.is_default)).collect();
        assert_eq!(found, [("threshold", false), ("window", true)]);
    }
}
