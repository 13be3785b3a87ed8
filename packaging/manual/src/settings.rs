//! sentinel.toml(5), from the commented configuration that the package installs.

use clap_mangen::roff::{Roff, bold, roman};

use crate::page::{self, MANUAL, SOURCE};

/// A part of the configuration as written: comments stand above what they are about.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// A `[section]` and what it is about.
    Section(String, String),
    /// `key = value` and what it means. Keys that share a comment follow the first without one.
    Setting(String, String),
    /// An item of a list, a comment that is indented, and what it means.
    Item(String, String),
    /// A paragraph about none of these.
    Words(String),
}

/// What a comment begins with that is an item: its term stands before two blanks.
const ITEM: &str = "#   ";

/// Whole configurations, by what they are for.
const EXAMPLES: [(&str, &str); 2] = [
    (
        "An agent that has joined a network, hears what its peers post, and publishes what it sees itself:",
        "\
[ledger]
rpc = [\"https://rpc-one.example\", \"https://rpc-two.example\"]
program = \"4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi\"

[serve]
public_url = \"https://peer-a.example:9000\"

[share]
publish = true
private = [\"corp.example\"]

[guard]
allow = [\"office.example\"]",
    ),
    (
        "One that only observes: it reads, decides and shows everything, and blocks nobody:",
        "\
[block]
observe = true

[sources]
files = [\"/var/log/nginx/*access*.log\"]

[metrics]
listen = \"127.0.0.1:9101\"",
    ),
];

/// The page about the configuration `sample`.
pub(crate) fn page(sample: &str) -> Vec<u8> {
    let mut roff = Roff::new();
    roff.control("TH", ["sentinel.toml", "5", "", SOURCE, MANUAL]);
    roff.control("SH", ["NAME"]);
    roff.text([roman("sentinel.toml - configuration of sentinel-agent")]);
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([bold("/etc/sentinel-agent/sentinel.toml")]);
    roff.control("br", []);
    roff.text([bold("/etc/sentinel-agent/conf.d/*.toml")]);
    roff.control("SH", ["DESCRIPTION"]);
    for part in parts(sample) {
        match part {
            Part::Section(name, words) => {
                roff.control("SH", [name.as_str()]);
                roff.text([roman(words)]);
            }
            Part::Setting(term, words) | Part::Item(term, words) => page::tagged(&mut roff, &term, &words),
            Part::Words(words) => {
                roff.control("PP", []);
                roff.text([roman(words)]);
            }
        }
    }
    roff.control("SH", ["EXAMPLES"]);
    for (purpose, configuration) in EXAMPLES {
        roff.control("PP", []);
        roff.text([roman(purpose)]);
        page::verbatim(&mut roff, configuration.lines());
    }
    page::see_also(&mut roff, &[("sentinel-agent", "8"), ("sentinel-agent-config", "8")]);
    roff.render().into_bytes()
}

fn parts(sample: &str) -> Vec<Part> {
    let (mut parts, mut words) = (Vec::new(), Vec::new());
    let take = |words: &mut Vec<&str>| std::mem::take(words).join(" ");
    for line in sample.lines() {
        let bare = line.trim_start_matches('#').trim();
        let is_comment = line.starts_with('#');
        let item = line.strip_prefix(ITEM).and_then(|item| item.trim().split_once("  "));
        if bare.is_empty() || item.is_some() {
            if !words.is_empty() {
                parts.push(Part::Words(take(&mut words)));
            }
            parts.extend(item.map(|(term, meaning)| Part::Item(term.to_owned(), meaning.trim().to_owned())));
        } else if let Some(name) =
            bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).filter(|_| !is_comment)
        {
            parts.push(Part::Section(name.to_owned(), take(&mut words)));
        } else if is_setting(bare) {
            parts.push(Part::Setting(bare.to_owned(), take(&mut words)));
        } else if is_comment {
            words.push(bare);
        }
    }
    if !words.is_empty() {
        parts.push(Part::Words(take(&mut words)));
    }
    parts
}

/// Whether this is `key = value` and no sentence.
fn is_setting(line: &str) -> bool {
    let key = line.split_once(" = ").map(|(key, _)| key).unwrap_or_default();
    !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_goes_with_the_comment_above_it() {
        let sample = "# The file.\n\n[block]\n# How long,\n# and no longer.\n# duration = \"4h\"\n# growth = 2\n# The end = here.\n";
        let words = |text: &str| text.to_owned();
        assert_eq!(
            parts(sample),
            [
                Part::Words(words("The file.")),
                Part::Section(words("block"), words("")),
                Part::Setting(words("duration = \"4h\""), words("How long, and no longer.")),
                Part::Setting(words("growth = 2"), words("")),
                Part::Words(words("The end = here.")),
            ]
        );
    }

    #[test]
    fn an_indented_comment_is_an_item_of_a_list() {
        let sample = "# Variables:\n#   MY_PEER_URL      serve.public_url\n#   RUST_LOG  what is logged\n# And so on.\n";
        let words = |text: &str| text.to_owned();
        assert_eq!(
            parts(sample),
            [
                Part::Words(words("Variables:")),
                Part::Item(words("MY_PEER_URL"), words("serve.public_url")),
                Part::Item(words("RUST_LOG"), words("what is logged")),
                Part::Words(words("And so on.")),
            ]
        );
        let page = String::from_utf8_lossy(&page(sentinel_agent::config::SAMPLE)).into_owned();
        assert!(page.contains(".TP\n\\fBSENTINEL_LEDGER_RPC\\fR\nledger.rpc\n"), "{page}");
    }

    #[test]
    fn the_examples_are_configurations_and_stand_on_the_page() {
        let page = String::from_utf8_lossy(&page("")).into_owned();
        assert!(page.contains(".SH EXAMPLES\n"));
        for (purpose, configuration) in EXAMPLES {
            let parsed = sentinel_agent::config::parse(configuration, std::path::Path::new("sentinel.toml"));
            assert!(parsed.is_ok(), "{purpose} {:?}", parsed.err());
        }
    }

    #[test]
    fn the_page_has_every_section_of_the_shipped_configuration() {
        let page = String::from_utf8_lossy(&page(sentinel_agent::config::SAMPLE)).into_owned();
        for section in sentinel_agent::config::SAMPLE.lines().filter(|line| line.starts_with('[')) {
            assert!(page.contains(&format!(".SH {}\n", section.trim_matches(['[', ']']))), "{section}");
        }
    }
}
