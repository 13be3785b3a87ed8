//! One file of the configuration: what it says, and on which line.

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use toml::{
    Table, Value,
    de::{DeTable, DeValue},
};

use super::{
    ConfigError, Settings,
    nonsense::{Nonsense, nonsense},
    words,
};

/// A file that makes sense by itself.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) path: PathBuf,
    pub(super) table: Table,
    text: String,
    marks: Vec<Mark>,
}

/// Where a key stands.
#[derive(Debug)]
struct Mark {
    /// With its sections: `detect.threshold`.
    name: String,
    /// From the key to the end of its value, in bytes.
    span: Range<usize>,
}

impl Part {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When it cannot be read, or says something that cannot be.
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let bytes = fs::read(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = line_at(error.as_bytes(), error.utf8_error().valid_up_to());
            ConfigError::line(path, line, None, "a byte that is no text, expected UTF-8".to_owned())
        })?;
        Self::parse(text, path).map(|(part, _)| part)
    }

    /// Checks a text; `path` is what messages call it. Gives also what it makes of the defaults.
    pub(super) fn parse(text: String, path: &Path) -> Result<(Self, Settings), ConfigError> {
        let document = DeTable::parse(&text).map_err(|error| {
            let line = line_at(text.as_bytes(), start(&error));
            let key = words_before_equals(&text, line);
            ConfigError::line(path, line, key, words::of_syntax(&error))
        })?;
        let mut marks = Vec::new();
        mark(document.get_ref(), "", &mut marks);
        let table = toml::from_str(&text).map_err(|error| {
            let line = line_at(text.as_bytes(), start(&error));
            ConfigError::line(path, line, None, words::of_syntax(&error))
        })?;
        let part = Self { path: path.to_owned(), table, text, marks };
        let settings = part.settings()?;
        Ok((part, settings))
    }

    fn settings(&self) -> Result<Settings, ConfigError> {
        let settings: Settings = toml::from_str(&self.text).map_err(|error| {
            let at = start(&error);
            let key = self.key_at(at);
            let problem = words::of_value(error.message(), key);
            let line = line_at(self.text.as_bytes(), at);
            ConfigError::line(&self.path, line, key.map(str::to_owned), problem)
        })?;
        match nonsense(&settings) {
            Some(Nonsense { name, problem }) => {
                let line = self.line_of(&name).unwrap_or(1);
                Err(ConfigError::line(&self.path, line, Some(name), problem.to_owned()))
            }
            None => Ok(settings),
        }
    }

    /// The line on which it sets a key, as `section.key`; none when it does not set it.
    pub(super) fn line_of(&self, name: &str) -> Option<usize> {
        let mark = self.marks.iter().find(|mark| mark.name == name)?;
        Some(line_at(self.text.as_bytes(), mark.span.start))
    }

    /// The value it sets a key to.
    pub(super) fn value_of(&self, name: &str) -> Option<&Value> {
        value_in(&self.table, name)
    }

    /// The innermost key that stands at this byte, or whose value does.
    fn key_at(&self, at: usize) -> Option<&str> {
        let around = self.marks.iter().filter(|mark| mark.span.contains(&at));
        around.max_by_key(|mark| mark.span.start).map(|mark| mark.name.as_str())
    }
}

/// What a table says at `section.key`.
pub(super) fn value_in<'t>(table: &'t Table, name: &str) -> Option<&'t Value> {
    let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let value = table.get(first)?;
    match rest {
        None => Some(value),
        Some(rest) => value_in(value.as_table()?, rest),
    }
}

fn mark(table: &DeTable<'_>, prefix: &str, marks: &mut Vec<Mark>) {
    for (key, value) in table.iter() {
        let name = format!("{prefix}{}", key.get_ref());
        let end = value.span().end.max(key.span().end);
        marks.push(Mark { name: name.clone(), span: key.span().start..end });
        if let DeValue::Table(inner) = value.get_ref() {
            mark(inner, &format!("{name}."), marks);
        }
    }
}

fn start(error: &toml::de::Error) -> usize {
    error.span().map_or(0, |span| span.start)
}

/// The line of a byte, from 1.
fn line_at(text: &[u8], at: usize) -> usize {
    text.iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

/// What a line that is no TOML seems to set, by its own words and the nearest section above it. What is quoted is no
/// setting's name: it may be a secret.
fn words_before_equals<'t>(text: &'t str, line: usize) -> Option<String> {
    let (key, _) = text.lines().nth(line.checked_sub(1)?)?.split_once('=')?;
    let is_bare = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    };
    let header =
        |line: &'t str| line.trim().strip_prefix('[')?.strip_suffix(']').filter(|name| is_bare(name));
    let section = text.lines().take(line).filter_map(header).last();
    let key = Some(key.trim()).filter(|key| is_bare(key))?;
    Some(section.map_or_else(|| key.to_owned(), |section| format!("{section}.{key}")))
}
