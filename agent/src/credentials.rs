//! Values that need not stand in any configuration file: environment variables, and the credentials that systemd hands
//! to a service (`LoadCredential=`, `SetCredentialEncrypted=`; systemd.exec(5)).

use std::{
    env,
    ffi::OsString,
    fmt,
    fs::File,
    io::{self, Read},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Names the folder of the service's credentials.
const FOLDER_VARIABLE: &str = "CREDENTIALS_DIRECTORY";

/// The identity's private key, which goes before its file.
pub const PRIVATE_KEY: &str = "PEER_PRIVATE_KEY";

/// Longest credential, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// Where a value was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An environment variable of this name.
    Variable(&'static str),
    /// The file of a credential.
    Credential(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Credential(path) => write!(f, "credential {}", path.display()),
        }
    }
}

/// A value, white space around it left out. It may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    /// The value.
    pub text: String,
    /// Where it was found.
    pub place: Place,
}

/// A value that is there and cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("reading the {place}: {source}")]
pub struct CredentialError {
    place: Place,
    source: io::Error,
}

/// The value of this name: the environment variable unless it is empty, or else the credential, or else none.
///
/// # Errors
/// When it is there and cannot be read, or is no text.
pub fn find(name: &'static str) -> Result<Option<Given>, CredentialError> {
    let folder = env::var_os(FOLDER_VARIABLE).map(PathBuf::from);
    find_in(name, env::var_os(name), folder.as_deref())
}

fn find_in(
    name: &'static str,
    variable: Option<OsString>,
    folder: Option<&Path>,
) -> Result<Option<Given>, CredentialError> {
    if let Some(value) = variable.filter(|value| !value.as_bytes().trim_ascii().is_empty()) {
        let place = Place::Variable(name);
        return match value.into_string() {
            Ok(text) => Ok(Some(Given { text: text.trim().to_owned(), place })),
            Err(_) => Err(CredentialError { place, source: io::ErrorKind::InvalidData.into() }),
        };
    }
    let Some(path) = folder.map(|folder| folder.join(name)) else { return Ok(None) };
    let read = File::open(&path).and_then(read);
    let place = Place::Credential(path);
    match read {
        Ok(text) => Ok(Some(Given { text: text.trim().to_owned(), place })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(CredentialError { place, source }),
    }
}

fn read(file: File) -> io::Result<String> {
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::ffi::OsStringExt};

    use super::*;

    const NAME: &str = "MY_PEER_URL";

    #[test]
    fn an_environment_variable_goes_before_a_credential_and_either_may_be_missing() {
        let folder = tempfile::tempdir().unwrap();
        let find = |variable: Option<&str>| {
            let given = find_in(NAME, variable.map(OsString::from), Some(folder.path())).unwrap();
            given.map(|given| (given.text, given.place.to_string()))
        };
        assert_eq!(find(None), None);
        assert_eq!(find_in(NAME, None, None).unwrap().map(|given| given.text), None);
        let path = folder.path().join(NAME);
        fs::write(&path, "https://a.example\n").unwrap();
        let place = format!("credential {}", path.display());
        assert_eq!(find(None), Some(("https://a.example".to_owned(), place)));
        let place = "environment variable MY_PEER_URL".to_owned();
        assert_eq!(find(Some("https://b.example")), Some(("https://b.example".to_owned(), place)));
        for empty in ["", " "] {
            assert_eq!(find(Some(empty)), find(None), "an empty variable is none");
        }
    }

    #[test]
    fn a_credential_that_is_too_large_is_refused_and_not_cut() {
        let folder = tempfile::tempdir().unwrap();
        let size = |bytes| {
            fs::write(folder.path().join(NAME), vec![b'x'; bytes]).unwrap();
            find_in(NAME, None, Some(folder.path())).map(|given| given.unwrap().text.len())
        };
        assert_eq!(size(64 * 1024).unwrap(), 64 * 1024);
        assert!(size(64 * 1024 + 1).unwrap_err().to_string().contains("too large"));
    }

    #[test]
    fn what_is_no_text_is_an_error_that_names_its_place() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(NAME), [0xff]).unwrap();
        let error = find_in(NAME, None, Some(folder.path())).err().unwrap().to_string();
        assert!(error.contains("credential /") && error.contains(NAME), "{error}");
        let error = find_in(NAME, Some(OsString::from_vec(vec![0xff])), None).err().unwrap();
        assert!(error.to_string().contains("environment variable MY_PEER_URL"));
    }
}
