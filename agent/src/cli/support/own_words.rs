//! What the config says in the operator's own words.

use std::{fs, path::PathBuf};

use super::scrub::falls_apart;
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
    words.iter().flat_map(|word| if is_path(word) { of_path(word) } else { vec![word.clone()] }).collect()
}

fn is_path(word: &str) -> bool {
    word.starts_with('/')
}

/// Those parts of a path that have to be known, since what they fall apart into is not found by its form.
pub(super) fn of_path(path: &str) -> Vec<String> {
    path.split('/').filter(|part| falls_apart(part)).map(str::to_owned).collect()
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
    word.contains("://")
        || word.parse::<Span>().is_ok()
        || word.parse::<Bytes>().is_ok()
        || SAMPLE.contains(&format!("\"{word}\""))
}

#[cfg(test)]
mod tests {
    use super::{super::scrub::Scrubber, *};

    #[test]
    fn words_of_the_operators_own_are_private_and_those_of_the_sample_are_not() {
        let text = "[share]\nprivate = [\"Project X\"]\n[block]\nduration = \"4h\"\npeers = \"all\"\n[serve.dynamic_dns]\n\
                    username = \"alice\"\n";
        assert_eq!(private_in(text), ["alice", "Project X"]);
    }

    #[test]
    fn a_part_of_a_path_is_private_where_it_is_no_single_word() {
        let files =
            ["/srv/Acme GmbH/log/x.log", "/srv/shop/x.log", "/var/log/nginx/*.log", "/srv/acme*farm/x.log"];
        let text = format!("[sources]\nfiles = {files:?}\n");
        let words = private_in(&text);
        assert_eq!(words, ["Acme GmbH", "acme*farm"]);
        let scrubbed =
            Scrubber::knowing(&words).scrub(&format!("{files:?}, looking at /srv/Acme GmbH: closed"));
        for private in ["Acme", "GmbH", "farm", "shop"] {
            assert!(!scrubbed.contains(private), "{private} in {scrubbed}");
        }
    }
}
