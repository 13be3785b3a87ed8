//! Whether the agent can read the password of its dynamic DNS service.

use std::{
    fmt,
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::Path,
};

use super::Check;
use crate::{
    cli::Exit,
    config::{self, ConfigError, Settings},
};

const NAME: &str = "password";

/// The number of root, as a user and as a group.
const ROOT: u32 = 0;

/// The file of the password, where the config names one.
pub(super) fn check(settings: &Settings) -> Option<Check> {
    let section = &settings.serve.dynamic_dns;
    let is_asked_for = section.url.is_some() && section.password.is_none();
    let file = section.password_file.as_deref().filter(|_| is_asked_for)?;
    Some(examine(file, &settings.store.directory))
}

/// Of the agent's user no more is known than that the state directory belongs to it.
fn examine(file: &Path, state: &Path) -> Check {
    let is_kept = match config::secret(file) {
        Ok(_) => true,
        // Whoever asks need not be able to read it.
        Err(ConfigError::Read { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => false,
        Err(error) => {
            return failed(error.to_string(), "write the password into it, for nobody but the agent to read");
        }
    };
    let (password, agent) = match (fs::metadata(file), fs::metadata(state)) {
        (Ok(password), Ok(agent)) => (Ownership::of(&password), Ownership::of(&agent)),
        (Err(error), _) | (_, Err(error)) => {
            let found = format!("whether the agent may read {} cannot be told: {error}", file.display());
            return Check::unknown(NAME, found, "start the agent once, and run the doctor with sudo");
        }
    };
    let (uid, gid) = (agent.uid, agent.gid);
    let found = format!("{} has {password}; the agent is user {uid} of group {gid}", file.display());
    match password.opens_to(uid, gid) {
        Some(true) if is_kept => Check::ok(NAME, found),
        Some(true) => Check::unknown(NAME, found, "run the doctor with sudo to have its content looked at"),
        Some(false) => failed(format!("the agent may not read it: {found}"), &remedy(file, state)),
        None => {
            let (group, remedy) = (password.gid, remedy(file, state));
            Check::unknown(NAME, found, format!("unless the agent's unit adds group {group}: {remedy}"))
        }
    }
}

/// Whose a file is, and who may do what with it.
struct Ownership {
    uid: u32,
    gid: u32,
    mode: u32,
}

impl Ownership {
    fn of(file: &Metadata) -> Self {
        Self { uid: file.uid(), gid: file.gid(), mode: file.mode() & 0o777 }
    }

    /// Whether a user of this one group may read the file, that nobody else may; none when it depends on whether the
    /// user is in the file's group too.
    fn opens_to(&self, uid: u32, gid: u32) -> Option<bool> {
        match self {
            _ if uid == ROOT => Some(true),
            Self { uid: owner, mode, .. } if *owner == uid => Some(mode & 0o400 != 0),
            Self { mode, .. } if mode & 0o040 == 0 => Some(false),
            Self { gid: group, .. } if *group == gid => Some(true),
            // No unit puts its user into root's group.
            Self { gid: ROOT, .. } => Some(false),
            _ => None,
        }
    }
}

impl fmt::Display for Ownership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { uid, gid, mode } = self;
        write!(f, "owner {uid}, group {gid} and mode {mode:o}")
    }
}

fn remedy(file: &Path, state: &Path) -> String {
    let (file, state) = (file.display(), state.display());
    format!("chgrp --reference={state} {file} && chmod 640 {file}, then systemctl restart sentinel-agent")
}

fn failed(found: String, advice: &str) -> Check {
    Check::failed(NAME, found, advice, Exit::Failed)
}

#[cfg(test)]
mod tests {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};

    use super::{super::Grade, *};

    /// Users and groups alike.
    const AGENT: u32 = 998;
    const ADM: u32 = 4;
    const PERSON: u32 = 1000;

    fn opens(uid: u32, gid: u32, mode: u32) -> Option<bool> {
        Ownership { uid, gid, mode }.opens_to(AGENT, AGENT)
    }

    #[test]
    fn a_password_has_to_be_the_agents_or_its_groups() {
        assert_eq!([opens(AGENT, ROOT, 0o400), opens(ROOT, AGENT, 0o640)], [Some(true); 2]);
        let closed = [opens(ROOT, ROOT, 0o600), opens(ROOT, ROOT, 0o640), opens(PERSON, PERSON, 0o600)];
        assert_eq!(closed, [Some(false); 3]);
        assert_eq!([opens(ROOT, AGENT, 0o600), opens(AGENT, AGENT, 0o040)], [Some(false); 2]);
        assert_eq!(opens(ROOT, ADM, 0o640), None);
        assert_eq!(Ownership { uid: PERSON, gid: PERSON, mode: 0o600 }.opens_to(ROOT, ROOT), Some(true));
    }

    #[test]
    fn a_password_that_is_missing_or_open_to_everybody_is_a_failure_and_one_of_the_agents_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        let verdict = || examine(&file, folder.path()).verdict;
        assert_eq!(verdict(), Grade::Failed);
        fs::write(&file, "s3cret").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o604)).unwrap();
        assert_eq!(verdict(), Grade::Failed);
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        let check = examine(&file, folder.path());
        assert_eq!(check.verdict, Grade::Ok);
        assert!(check.found.contains("mode 600") && !check.found.contains("s3cret"), "{}", check.found);
    }
}
