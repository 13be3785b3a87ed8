//! The configuration as it is written: every line that sets something, with its file and number.

use std::{fmt::Write as _, fs, path::PathBuf};

use super::urls::without_paths_of_urls;
use crate::config::{Bytes, SAMPLE, Span};

/// Keys whose values are secret.
const SECRET: [&str; 4] = ["password", "secret", "token", "seed"];

/// Every line of these files that is no comment, secrets left out. The last one about a key counts.
pub(super) fn lines(files: &[PathBuf]) -> String {
    let mut lines = String::new();
    for file in files {
        let name = file.display();
        match fs::read_to_string(file) {
            Ok(text) => {
                for (number, line) in settings_in(&text) {
                    let _ = writeln!(lines, "{name}:{number}: {}", without_secret(line));
                }
            }
            Err(error) => {
                let _ = writeln!(lines, "{name}: {error}");
            }
        }
    }
    without_paths_of_urls(&lines)
}

/// The strings of these files that may say whose host it is: all but lengths of time, sizes and what stands in the sample.
pub(super) fn private_words(files: &[PathBuf]) -> Vec<String> {
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

fn settings_in(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_setting = |line: &str| !line.is_empty() && !line.starts_with('#');
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    numbered.filter(move |(_, line)| is_setting(line))
}

fn without_secret(line: &str) -> String {
    let Some((key, _)) = line.split_once('=') else { return line.to_owned() };
    let name = key.trim().rsplit('.').next().unwrap_or_default();
    let is_secret = SECRET.iter().any(|secret| name.ends_with(secret));
    if is_secret { format!("{key}= (not shown)") } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_shown_with_its_place_and_without_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sentinel.toml");
        let text = "# comment\n[serve.dynamic_dns]\nurl = \"https://dns.example/update?token=s3cret\"\n\n  pause = \"1m\"\n\
                    api_token = \"s3cret\"\n";
        fs::write(&file, text).unwrap();
        let shown = lines(std::slice::from_ref(&file));
        let name = file.display();
        assert!(
            shown.starts_with(&format!(
                "{name}:2: [serve.dynamic_dns]\n{name}:3: url = \"https://dns.example/"
            ))
        );
        assert!(
            shown.contains(&format!("{name}:5: pause = \"1m\"\n")) && !shown.contains("s3cret"),
            "{shown}"
        );
    }

    #[test]
    fn words_of_the_operators_own_are_private_and_those_of_the_sample_are_not() {
        let text = "[share]\nprivate = [\"Project X\"]\n[block]\nduration = \"4h\"\npeers = \"all\"\n[serve.dynamic_dns]\n\
                    username = \"alice\"\n";
        assert_eq!(private_in(text), ["alice", "Project X"]);
    }
}
