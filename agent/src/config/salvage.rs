//! What puts remembered blocks back at boot, out of a configuration that the daemon may refuse: a mistake, or what only the
//! daemon's own service is given, must not keep the blocks away.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::{Table, Value};

use super::{
    Settings,
    given::{self, nested},
    load::merge,
    nonsense::nonsense,
    part::Part,
};

/// The sections that say where the blocks are, what they drop, and whom the guard protects.
const NEEDED: [&str; 4] = ["store", "block", "guard", "ledger"];

/// The settings that bring blocks back, as far as they make sense key by key, and what is to be told of the rest. The other
/// sections are at their defaults, and nobody looks whether settings go together.
///
/// Of a list of what is protected every entry that makes sense counts, whatever stands beside it.
#[must_use]
pub fn salvage(files: &[PathBuf]) -> (Settings, Vec<String>) {
    let (mut merged, mut warnings) = (Table::new(), Vec::new());
    for path in files {
        let Some(table) = table(path, &mut warnings) else { continue };
        let (table, left_out) = sensible(&table);
        let told = |name| format!("{}: {name}: passed over as far as it makes no sense", path.display());
        warnings.extend(left_out.into_iter().map(told));
        merge(&mut merged, table);
    }
    for given in given::all() {
        match given {
            Ok(given) => merge(&mut merged, sensible(&given.table).0),
            Err(error) => warnings.push(error.to_string()),
        }
    }
    let settings = Settings::deserialize(merged).unwrap_or_else(|error| {
        warnings.push(format!("every default stands: {}", error.message()));
        Settings::default()
    });
    (settings, warnings)
}

/// What a file says, whether or not it makes sense; its first mistake is told.
fn table(path: &Path, warnings: &mut Vec<String>) -> Option<Table> {
    let error = match Part::read(path) {
        Ok(part) => return Some(part.table),
        Err(error) => error,
    };
    warnings.push(error.to_string());
    let table = fs::read_to_string(path).ok().and_then(|text| text.parse().ok());
    if table.is_none() {
        let sections = NEEDED.map(|section| format!("[{section}]")).join(", ");
        warnings.push(format!("{}: passed over, whatever it says in {sections}", path.display()));
    }
    table
}

/// What makes sense of the needed sections, and the names of what is left out of them.
fn sensible(table: &Table) -> (Table, Vec<String>) {
    let (mut sensible, mut left_out) = (Table::new(), Vec::new());
    for section in NEEDED {
        let Some(content) = table.get(section) else { continue };
        let Some(keys) = content.as_table() else {
            left_out.push(section.to_owned());
            continue;
        };
        for (key, value) in keys {
            let name = format!("{section}.{key}");
            let kept = sensible_value(&name, value);
            if kept.as_ref() != Some(value) {
                left_out.push(name.clone());
            }
            kept.into_iter().for_each(|kept| merge(&mut sensible, nested(&name, kept)));
        }
    }
    (sensible, left_out)
}

/// A key's value when it makes sense by itself; of a list, the entries that do.
fn sensible_value(name: &str, value: &Value) -> Option<Value> {
    let makes_sense = |value: Value| {
        Settings::deserialize(nested(name, value)).is_ok_and(|settings| nonsense(&settings).is_none())
    };
    if makes_sense(value.clone()) {
        return Some(value.clone());
    }
    let entries = value.as_array()?.iter().filter(|entry| makes_sense(vec![(*entry).clone()].into()));
    let entries: Vec<Value> = entries.cloned().collect();
    (!entries.is_empty()).then(|| entries.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{BlockSettings, GuardSettings};

    /// What is salvaged of these texts, each in a file of its own.
    fn salvaged(texts: &[&str]) -> (Settings, String) {
        let folder = tempfile::tempdir().unwrap();
        let named = texts.iter().enumerate().map(|(number, text)| (format!("{number}.toml"), text));
        let write = |(name, text): (String, &&str)| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let (settings, warnings) = salvage(&named.map(write).collect::<Vec<_>>());
        (settings, warnings.join("\n"))
    }

    #[test]
    fn settings_whose_other_half_only_the_daemon_is_given_are_no_reason_to_warn() {
        let program = bs58::encode([7; 32]).into_string();
        let text = format!(
            "[store]\ndirectory = \"/mine\"\n[ledger]\nprogram = \"{program}\"\n[serve]\ntls = false\n[serve.dynamic_dns]\n\
             username = \"alice\"\n"
        );
        let (settings, warnings) = salvaged(&[&text]);
        assert_eq!((settings.store.directory.as_path(), warnings.as_str()), (Path::new("/mine"), ""));
    }

    #[test]
    fn a_mistake_in_another_section_is_told_and_changes_nothing() {
        let (settings, warnings) = salvaged(&[
            "[detect]\ntreshold = 3\n[block]\nobserve = true\n[guard]\nallow = [\"gate.example\"]\n",
            "[ledger]\nrpc = \"https://rpc.example/v2/s3cret\"\n[serve]\ndynamic_dns = \"https://x.example/s3cret\"\n",
        ]);
        assert!(settings.block.observe && settings.guard.allow.len() == 1);
        assert_eq!(settings.ledger.rpc.0.len(), 1);
        assert_eq!(warnings.lines().count(), 2, "{warnings}");
        assert!(warnings.contains("0.toml:2: detect.treshold: unknown key") && !warnings.contains("s3cret"));
    }

    #[test]
    fn a_mistake_in_a_needed_section_costs_one_key_and_of_a_list_one_entry() {
        let (settings, warnings) = salvaged(&[
            "[block]\nduration = \"forever\"\ncounters = true\n",
            "[guard]\nallow = [\"203.0.113.300\", \"203.0.113.7\"]\nresolve_every = \"0s\"\n[store]\ndirectory = 5\n",
        ]);
        assert_eq!(settings.block, BlockSettings { counters: true, ..BlockSettings::default() });
        assert_eq!(settings.guard.allow, ["203.0.113.7".parse().unwrap()]);
        assert_eq!(settings.guard.resolve_every, GuardSettings::default().resolve_every);
        for name in ["block.duration", "guard.allow", "guard.resolve_every", "store.directory"] {
            assert!(warnings.contains(&format!("toml: {name}: passed over")), "{name} {warnings}");
        }
    }

    #[test]
    fn a_file_that_is_no_toml_is_passed_over_and_told_with_what_it_may_have_protected() {
        let (settings, warnings) =
            salvaged(&["[guard]\nallow = [\"203.0.113.7\"]\n", "[guard]\nallow = [\"203.0.113.8\"\n"]);
        assert_eq!(settings.guard.allow.len(), 1);
        assert!(warnings.contains("1.toml: passed over, whatever it says in [store], [block], [guard]"));
    }
}
