//! What can be looked at without the daemon.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::Check;
use crate::{
    cli::Exit,
    config::ConfigError,
    identity::{Identity, IdentityError},
};

/// The bits of a file's mode by which others than its owner and group may read or write it.
const OTHERS: u32 = 0o006;

pub(super) fn config(files: &[PathBuf]) -> Check {
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let found = if files.is_empty() { "no files, every default".to_owned() } else { files.join(" ") };
    Check::ok("config", found)
}

pub(super) fn bad_config(error: &ConfigError) -> Check {
    let advice = "correct it; `sentinel-agent config init` shows every key and what it means";
    Check::failed("config", error.to_string(), advice, Exit::Failed)
}

pub(super) fn identity(key_file: &Path) -> Check {
    const NAME: &str = "identity";
    let (identity, origin) = match Identity::find(key_file) {
        Ok(Some(found)) => found,
        Ok(None) => {
            let found = format!("there is no key file {}", key_file.display());
            return Check::failed(NAME, found, "make one: sentinel-agent keys init", Exit::Failed);
        }
        Err(IdentityError::Read { source, .. }) if source.kind() == std::io::ErrorKind::PermissionDenied => {
            let found = format!("this user may not read {}", key_file.display());
            return Check::unknown(NAME, found, "run the doctor with sudo");
        }
        Err(error) => {
            let advice = "restore the key file from your backup; without it this peer's karma is lost";
            return Check::failed(NAME, error.to_string(), advice, Exit::Failed);
        }
    };
    let is_open = fs::metadata(key_file).is_ok_and(|metadata| metadata.mode() & OTHERS != 0);
    if is_open {
        let found = format!("everybody on this host can read the private key in {}", key_file.display());
        return Check::failed(NAME, found, format!("chmod 600 {}", key_file.display()), Exit::Failed);
    }
    Check::ok(NAME, format!("peer {} from {origin}", identity.peer_key()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::{super::Grade, *};

    #[test]
    fn a_key_that_is_missing_or_that_everybody_can_read_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.json");
        assert_eq!(identity(&path).verdict, Grade::Failed);
        Identity::generate().unwrap().save(&path).unwrap();
        assert_eq!(identity(&path).verdict, Grade::Ok);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let check = identity(&path);
        assert_eq!((check.verdict, check.exit()), (Grade::Failed, Some(Exit::Failed)));
        assert!(check.advice.unwrap().starts_with("chmod 600"));
    }
}
