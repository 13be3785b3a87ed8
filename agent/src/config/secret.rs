//! Secrets: where they stand, who may read them there, and what of them may be shown.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::Path,
};

use serde::Deserialize;
use toml::Value;
use url::Url;

use super::{ConfigError, Settings, part::Part};

/// The bits of a file's mode by which everybody may read or change it.
const OPEN_TO_ALL: u32 = 0o006;
/// Longest secret, in bytes.
const MAX_BYTES: u64 = 1024;

/// A secret in the configuration itself. Nothing ever shows it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Secret(String);

impl Secret {
    /// The secret, for whom it is meant for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl TryFrom<String> for Secret {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if is_secret(&text) { Ok(Self(text)) } else { Err(NO_SECRET) }
    }
}

const NO_SECRET: &str = "expected one line of visible ASCII";

fn is_secret(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c == ' ' || c.is_ascii_graphic())
}

/// The secret that a file holds, white space around it left out. Nothing ever shows it.
///
/// # Errors
/// When the file cannot be read, holds no line of visible text, or can be read by everybody.
pub fn secret(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |source: io::Error| ConfigError::Read { path: path.to_owned(), source };
    let refused =
        |problem: &str| Err(ConfigError::Secret { path: path.to_owned(), problem: problem.to_owned() });
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.mode() & OPEN_TO_ALL != 0 {
        return refused(&format!("everybody can read it: {}", remedy(path)));
    }
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_BYTES {
        return refused("it is longer than 1024 bytes");
    }
    let text = text.trim();
    if !is_secret(text) {
        return refused(NO_SECRET);
    }
    Ok(text.to_owned())
}

/// Who may read a file of the agent's alone.
fn remedy(path: &Path) -> String {
    let path = path.display();
    format!("chgrp sentinel-agent {path} && chmod 640 {path}")
}

fn is_open(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.mode() & OPEN_TO_ALL != 0)
}

/// The command that closes a secret's file to everybody; none when it is closed to them.
#[must_use]
pub fn closing(path: &Path) -> Option<String> {
    is_open(path).then(|| remedy(path))
}

/// Refuses a file of the identity's private key that everybody can read.
pub(super) fn is_key_kept(key_file: &Path) -> Result<(), ConfigError> {
    match closing(key_file) {
        Some(remedy) => Err(ConfigError::Secret {
            path: key_file.to_owned(),
            problem: format!("everybody can read it: {remedy}"),
        }),
        None => Ok(()),
    }
}

/// Refuses a file that everybody can read and that holds a password, or names an update URL, which without a password of
/// its own is where the secret stands, if there is one.
pub(super) fn is_kept(part: &Part, settings: &Settings) -> Result<(), ConfigError> {
    const URL: &str = "serve.dynamic_dns.url";
    let path = &part.path;
    if !is_open(path) {
        return Ok(());
    }
    if let Some(line) = part.line_of(PASSWORD) {
        let problem = format!("everybody can read this file, and the password in it: {}", remedy(path));
        return Err(ConfigError::line(path, line, Some(PASSWORD.to_owned()), problem));
    }
    match part.line_of(URL) {
        Some(line) if !settings.serve.dynamic_dns.has_password() => {
            let problem = format!(
                "everybody can read this file, and the URL may hold a secret: {}; or write {{password}} there and set password_file",
                remedy(path)
            );
            Err(ConfigError::line(path, line, Some(URL.to_owned()), problem))
        }
        _ => Ok(()),
    }
}

/// Files that everybody can read though there may be secrets in them, each with the command that changes that.
pub(super) fn warnings(parts: &[Part], settings: &Settings) -> Vec<String> {
    let key = settings.serve.private_key.as_ref();
    let key = key.and_then(|path| {
        Some(format!("everybody can read the private key in {}: {}", path.display(), closing(path)?))
    });
    let endpoints = parts.iter().filter(|part| is_open(&part.path)).flat_map(|part| {
        ENDPOINTS.iter().filter_map(|name| {
            let line = part.line_of(name).filter(|_| part.value_of(name).is_some_and(may_hold_key))?;
            let path = &part.path;
            let remedy = remedy(path);
            Some(format!("{}:{line}: {name}: everybody can read the access key: {remedy}", path.display()))
        })
    });
    key.into_iter().chain(endpoints).collect()
}

const PASSWORD: &str = "serve.dynamic_dns.password";

/// Sections whose keys take secrets, by mistake at least: a URL beside the key that it is for, or instead of the section.
const SECTIONS: [&str; 2] = ["ledger", "serve.dynamic_dns"];

/// Whether what is written at a key may hold a secret.
pub(super) fn may_stand_in(name: &str) -> bool {
    let is_within = |rest: &str| rest.is_empty() || rest.starts_with('.');
    SECTIONS.iter().any(|section| name.strip_prefix(section).is_some_and(is_within))
}

/// Keys of URLs in which operators of endpoints hide access keys.
const ENDPOINTS: [&str; 2] = ["ledger.rpc", "ledger.websocket"];

/// Whether a URL, or one of several, is more than scheme, host and port.
fn may_hold_key(value: &Value) -> bool {
    match value {
        Value::String(url) => showable(url) != url.trim_end_matches('/'),
        Value::Array(urls) => urls.iter().any(may_hold_key),
        _ => false,
    }
}

/// What may be shown of a URL: scheme, host and port.
fn showable(url: &str) -> String {
    Url::parse(url).map_or_else(|_| HIDDEN.to_owned(), |url| url.origin().ascii_serialization())
}

/// Stands for what is never shown.
pub(super) const HIDDEN: &str = "(hidden)";

/// What may be shown of a key's value.
pub(super) fn shown(name: &str, value: &Value) -> Value {
    match value {
        Value::Array(values) if ENDPOINTS.contains(&name) => {
            values.iter().map(|value| shown(name, value)).collect::<Vec<_>>().into()
        }
        Value::String(url) if ENDPOINTS.contains(&name) && may_hold_key(value) => {
            format!("{}/{HIDDEN}", showable(url)).into()
        }
        Value::String(url) if name == "serve.dynamic_dns.url" => format!("{}/{HIDDEN}", showable(url)).into(),
        _ if name == PASSWORD => HIDDEN.into(),
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
    };

    use super::*;

    #[test]
    fn a_secret_is_read_where_not_everybody_can() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        fs::write(&path, "s3cret\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert_eq!(secret(&path).unwrap(), "s3cret");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let error = secret(&path).unwrap_err().to_string();
        assert!(error.contains("everybody can read it") && !error.contains("s3cret"), "{error}");
        fs::set_permissions(&path, Permissions::from_mode(0o642)).unwrap();
        assert!(secret(&path).is_err(), "whom everybody may replace it is nobody's secret");
    }

    #[test]
    fn what_is_no_line_of_text_is_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let longest = "x".repeat(1024);
        for text in ["", "\n", "two\nlines", "\u{e4}", &format!("{longest}x")] {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            assert!(secret(&path).is_err(), "{text:?}");
        }
        assert!(secret(&folder.path().join("missing")).is_err());
        fs::write(&path, &longest).unwrap();
        assert_eq!(secret(&path).unwrap(), longest);
    }
}
