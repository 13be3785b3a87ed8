//! What the TOML library says of a mistake, in an operator's words.

use toml::Value;

use super::{sample, secret, units::harmless};

/// Least likeness of what was written and what may have been meant, from 0 to 1.
const ALIKE: f64 = 0.8;

/// Of a text that is no TOML.
pub(super) fn of_syntax(error: &toml::de::Error) -> String {
    match error.message().trim() {
        "duplicate key" => "set a second time, expected once in each file".to_owned(),
        message => {
            let message = message.replace('\n', "; ");
            format!("{message}; expected lines such as `[detect]` or `threshold = 5`, texts in double quotes")
        }
    }
}

/// Of a value that a key cannot have, or of a key that nobody knows.
pub(super) fn of_value(message: &str, key: Option<&str>) -> String {
    let message = message.trim();
    let key = key.unwrap_or_default();
    if message.starts_with("unknown field") {
        return unknown(key);
    }
    if let Some(services) = message.strip_prefix("unknown service, expected one of ") {
        let name = key.rsplit('.').next().unwrap_or_default();
        let nearest = nearest(services.split(' '), name).map(|nearest| format!("`{nearest}` perhaps"));
        return format!("unknown service, expected {}", nearest.as_deref().unwrap_or(services));
    }
    let message = &discreet(message, key);
    let ours = TYPES.iter().find_map(|(theirs, ours)| Some(message.strip_suffix(theirs)?.to_owned() + ours));
    let words = ours.unwrap_or_else(|| match message.split_once("expected struct ") {
        Some((before, _)) => format!("{before}expected a section: [{key}]"),
        None => message.to_owned(),
    });
    match sample::shown(key).filter(|_| !words.contains("such as")) {
        Some(Value::Array(list)) if !words.contains("expected") && !list.is_empty() => {
            format!("{words}, expected such as {}", Value::Array(list))
        }
        Some(value @ (Value::Integer(_) | Value::String(_))) if words.contains("invalid") => {
            format!("{words}, such as {value}")
        }
        _ => words,
    }
}

/// The message without what it quotes of a value that may be secret: of a text that is no URL where one belongs, as much
/// as could be the host's name stays.
fn discreet(message: &str, key: &str) -> String {
    let said = message.rsplit_once(", expected").map_or(message, |(said, _)| said);
    if !secret::may_stand_in(key) && !said.contains("://") {
        return message.to_owned();
    }
    let rest = &message[said.len()..];
    if let Some((text, problem)) = said.strip_prefix('\'').and_then(|said| said.split_once("' ")) {
        return format!("'{}' {problem}{rest}", harmless(text));
    }
    let kind = said.split(['`', '"']).next().unwrap_or_default();
    format!("{}{rest}", kind.trim_end())
}

/// The types of values, as the library calls them and as they are written.
const TYPES: [(&str, &str); 9] = [
    ("expected a string", "expected a text in double quotes"),
    ("expected a boolean", "expected true or false"),
    ("expected a sequence", "expected a list in brackets"),
    ("expected u8", "expected a whole number from 0 to 255"),
    ("expected u16", "expected a whole number from 0 to 65535"),
    ("expected u32", "expected a whole number from 0 to 4294967295"),
    ("expected u64", "expected a whole number, 0 or more"),
    ("expected usize", "expected a whole number, 0 or more"),
    ("expected path string", "expected a path in double quotes"),
];

/// Of a key or a section that nobody knows: the nearest that there is.
fn unknown(name: &str) -> String {
    let (section, key) = name.rsplit_once('.').unwrap_or(("", name));
    // What a single service has of its own are keys of the whole section.
    let home = if section.starts_with("detect.services.") { "detect" } else { section };
    let keys = sample::keys();
    let here = keys.iter().filter(|known| known.section() == home).map(|known| known.key());
    if let Some(nearest) = nearest(here, key) {
        return format!("unknown key, expected `{nearest}` perhaps");
    }
    let siblings = sample::sections().map(|known| known.rsplit_once('.').unwrap_or(("", known)));
    let siblings = siblings.filter(|(parent, _)| *parent == section).map(|(_, known)| known);
    if let Some(nearest) = nearest(siblings, key) {
        let dot = if section.is_empty() { "" } else { "." };
        return format!("unknown section, expected [{section}{dot}{nearest}] perhaps");
    }
    match keys.iter().find(|known| known.key() == key) {
        Some(known) => format!("unknown here, expected in the section [{}]", known.section()),
        None => "unknown; `sentinel-agent config init` shows every key and section".to_owned(),
    }
}

/// What is most like this among the known, if it is like it at all.
fn nearest<'k>(known: impl Iterator<Item = &'k str>, name: &str) -> Option<&'k str> {
    known
        .map(|known| (known, strsim::jaro_winkler(known, name)))
        .filter(|(_, likeness)| *likeness > ALIKE)
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .map(|(known, _)| known)
}

#[cfg(test)]
mod tests {
    use super::unknown;

    #[test]
    fn an_unknown_key_is_answered_with_the_nearest_or_with_where_it_belongs() {
        for (name, answer) in [
            ("detect.treshold", "unknown key, expected `threshold` perhaps"),
            ("detect.services.sshd.treshold", "unknown key, expected `threshold` perhaps"),
            ("detct", "unknown section, expected [detect] perhaps"),
            ("sources.jornald", "unknown section, expected [sources.journald] perhaps"),
            ("block.web_rules", "unknown here, expected in the section [detect]"),
            ("xyz", "unknown; `sentinel-agent config init` shows every key and section"),
        ] {
            assert_eq!(unknown(name), answer, "{name}");
        }
    }
}
