//! Secrets that have files of their own.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::Path,
};

use super::ConfigError;

/// The bit of a file's mode by which everybody may read it.
pub(super) const READABLE_BY_ALL: u32 = 0o004;
/// Longest secret, in bytes.
const MAX_BYTES: u64 = 1024;

/// The secret that a file holds, white space around it left out. Nothing ever shows it.
///
/// # Errors
/// When the file cannot be read, holds no line of visible text, or can be read by everybody.
pub fn secret(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |source: io::Error| ConfigError::Read { path: path.to_owned(), source };
    let refused = |problem| Err(ConfigError::Secret { path: path.to_owned(), problem });
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.mode() & READABLE_BY_ALL != 0 {
        return refused("everybody can read it: give it to the agent's group, then chmod 640");
    }
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(unreadable)?;
    let text = text.trim();
    if text.is_empty() || !text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        return refused("expected one line of visible ASCII");
    }
    Ok(text.to_owned())
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
    }

    #[test]
    fn what_is_no_line_of_text_is_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        for text in ["", "\n", "two\nlines", "\u{e4}"] {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            assert!(secret(&path).is_err(), "{text:?}");
        }
        assert!(secret(&folder.path().join("missing")).is_err());
    }
}
