//! Whether the agent can read the password of its dynamic DNS service.

use std::{io, path::Path};

use super::{
    Check,
    access::{Account, refusal},
};
use crate::{
    cli::Exit,
    config::{self, ConfigError, Settings},
};

const NAME: &str = "password";

/// The file of the password, where the config names one.
pub(super) fn check(settings: &Settings, agent: &io::Result<Account>) -> Option<Check> {
    let section = &settings.serve.dynamic_dns;
    let is_asked_for = section.url.is_some() && section.password.is_none();
    let file = section.password_file.as_deref().filter(|_| is_asked_for)?;
    Some(examine(file, agent))
}

fn examine(file: &Path, agent: &io::Result<Account>) -> Check {
    let is_kept = match config::secret(file) {
        Ok(_) => true,
        // Whoever asks need not be able to read it.
        Err(ConfigError::Read { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => false,
        Err(error) => {
            let advice = "write the password into it, for nobody but the agent to read";
            return Check::failed(NAME, error.to_string(), advice, Exit::Failed);
        }
    };
    refusal(NAME, file, agent).unwrap_or_else(|| {
        let found = format!("the agent can read {}", file.display());
        match is_kept {
            true => Check::ok(NAME, found),
            false => Check::unknown(NAME, found, "run the doctor with sudo to have its content looked at"),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
    };

    use super::{super::Grade, *};

    #[test]
    fn a_password_that_is_missing_or_open_to_everybody_is_a_failure_and_one_of_the_agents_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        let look = || examine(&file, &Account::of(folder.path(), None));
        assert_eq!(look().verdict, Grade::Failed);
        fs::write(&file, "s3cret").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o604)).unwrap();
        assert_eq!(look().verdict, Grade::Failed);
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        let check = look();
        assert_eq!(check.verdict, Grade::Ok);
        assert!(!check.found.contains("s3cret"), "{}", check.found);
    }
}
