//! Whether the configuration makes sense.

use std::{io, path::PathBuf};

use super::Check;
use crate::{
    cli::Exit,
    config::{ConfigError, Configuration},
};

const NAME: &str = "config";

/// What cannot be read at all.
pub(super) fn unusable(error: &ConfigError) -> Check {
    match error {
        ConfigError::Read { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            Check::unknown(NAME, error.to_string(), "run the doctor with sudo")
        }
        _ => {
            let advice = "correct it; `sentinel-agent config init` shows every key and what it means";
            Check::failed(NAME, error.to_string(), advice, Exit::Failed)
        }
    }
}

/// What was put together from these files. A daemon that runs found nothing missing: it may be given more.
pub(super) fn check(files: &[PathBuf], all: &Configuration, daemon_runs: bool) -> Check {
    if let Some(error) = all.open_file() {
        return unusable(&error);
    }
    match all.contradiction() {
        Some(error) if daemon_runs => {
            let found =
                format!("{error}; the service may get what is missing by its environment or a credential");
            let advice =
                "if it does not, correct it: the next start would fail. `systemctl cat sentinel-agent` tells";
            Check::unknown(NAME, found, advice)
        }
        Some(error) => {
            let advice = "correct it, or give the service what is missing by its environment or a credential, and start it";
            Check::failed(NAME, error.to_string(), advice, Exit::Failed)
        }
        None if files.is_empty() => Check::ok(NAME, "no files, every default"),
        None => {
            let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            Check::ok(NAME, files.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
    };

    use super::{super::Grade, *};

    fn verdicts(text: &str) -> [Grade; 2] {
        let folder = tempfile::tempdir().unwrap();
        let files = [folder.path().join("sentinel.toml")];
        fs::write(&files[0], text).unwrap();
        fs::set_permissions(&files[0], Permissions::from_mode(0o644)).unwrap();
        let all = Configuration::gather(&files).unwrap();
        [true, false].map(|daemon_runs| check(&files, &all, daemon_runs).verdict)
    }

    #[test]
    fn what_is_missing_here_a_daemon_that_runs_may_have_from_elsewhere() {
        let program = format!("[ledger]\nprogram = \"{}\"\n", bs58::encode([7; 32]).into_string());
        assert_eq!(verdicts(&program), [Grade::Unknown, Grade::Failed]);
        assert_eq!(verdicts("[detect]\nthreshold = 9\n"), [Grade::Ok; 2]);
        let open = "[serve.dynamic_dns]\nurl = \"https://d.example/\"\npassword = \"s3cret\"\n";
        assert_eq!(verdicts(open), [Grade::Failed; 2]);
    }

    #[test]
    fn a_file_that_this_user_may_not_read_is_not_called_wrong() {
        let read = |kind: io::ErrorKind| ConfigError::Read { path: "/x".into(), source: kind.into() };
        assert_eq!(unusable(&read(io::ErrorKind::PermissionDenied)).verdict, Grade::Unknown);
        assert_eq!(unusable(&read(io::ErrorKind::NotFound)).exit(), Some(Exit::Failed));
    }
}
