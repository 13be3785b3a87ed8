//! What the config says in the operator's own words.

use std::{fs, path::PathBuf};

use crate::config::{Bytes, SAMPLE, Span};

/// The strings of these files that may say whose host it is: all but lengths of time, sizes and what stands in the sample.
pub(super) fn private(files: &[PathBuf]) -> Vec<String> {
    let texts = files.iter().filter_map(|file| fs::read_to_string(file).ok());
    texts.flat_map(|text| private_in(&text)).collect()
}

fn private_in(text: &str) -> Vec<String> {
    let Ok(toml::Value::Table(table)) = text.parse::<toml::Table>().map(toml::Value::Table) else {
        return Vec::new();
    };
    let mut words = Vec::new();
    strings(&toml::Value::Table(table), &mut words);
    words.retain(|word| !is_harmless(word));
    words
}

fn strings(value: &toml::Value, into: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => into.push(text.clone()),
        toml::Value::Array(values) => values.iter().for_each(|value| strings(value, into)),
        toml::Value::Table(table) => table.values().for_each(|value| strings(value, into)),
        _ => {}
    }
}

fn is_harmless(word: &str) -> bool {
    // What has a form is found by that, wherever it stands.
    let has_form = word.contains("://") || word.starts_with('/');
    has_form
        || word.parse::<Span>().is_ok()
        || word.parse::<Bytes>().is_ok()
        || SAMPLE.contains(&format!("\"{word}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_operators_own_are_private_and_those_of_the_sample_are_not() {
        let text = "[share]\nprivate = [\"Project X\"]\n[block]\nduration = \"4h\"\npeers = \"all\"\n[serve.dynamic_dns]\n\
                    username = \"alice\"\n";
        assert_eq!(private_in(text), ["alice", "Project X"]);
    }
}
