//! Who this agent is, and whether its key is where the agent, and nobody else, can read it.

use std::{io, path::Path};

use super::{
    Check,
    access::{Account, refusal},
};
use crate::{
    cli::Exit,
    config,
    domain::PeerKey,
    identity::{Identity, IdentityError},
};

const NAME: &str = "identity";

/// Who the key file, or what goes before it, says this agent is; a daemon that runs knows better.
pub(super) fn check(key_file: &Path, daemon: Option<PeerKey>, agent: &io::Result<Account>) -> Check {
    let file = key_file.display();
    match (Identity::find(key_file), daemon) {
        (Ok(Some((identity, origin))), Some(peer)) if identity.peer_key() != peer => {
            let found =
                format!("the daemon is peer {peer}, and {origin} holds the key of {}", identity.peer_key());
            let advice = "if the daemon is to have another key than that, by a credential or its environment, put that one \
                          away; otherwise systemctl restart sentinel-agent";
            Check::warning(NAME, found, advice)
        }
        (Ok(Some((identity, origin))), _) => {
            let is_used = origin == file.to_string();
            let trouble = is_used.then(|| trouble(key_file, agent)).flatten();
            trouble.unwrap_or_else(|| Check::ok(NAME, format!("peer {} from {origin}", identity.peer_key())))
        }
        (Ok(None), Some(peer)) => {
            let found =
                format!("peer {peer}, by a credential or the daemon's environment: there is no {file}");
            Check::ok(NAME, found)
        }
        (Ok(None), None) => {
            let found = format!("there is no {file} yet: a key is made at the first start");
            let advice =
                "systemctl enable --now sentinel-agent; if you have a backup of a key, put it there before";
            Check::unknown(NAME, found, advice)
        }
        (Err(error), daemon) => unusable(&error, daemon, key_file),
    }
}

fn unusable(error: &IdentityError, daemon: Option<PeerKey>, key_file: &Path) -> Check {
    match (error, daemon) {
        (IdentityError::Read { source, .. }, _) if source.kind() == io::ErrorKind::PermissionDenied => {
            let known = daemon.map(|peer| format!("the daemon is peer {peer}; ")).unwrap_or_default();
            let found = format!("{known}this user may not read {}", key_file.display());
            Check::unknown(NAME, found, "run the doctor with sudo")
        }
        (error, Some(peer)) => {
            let found = format!("the daemon is peer {peer}, and would not be after a restart: {error}");
            let advice =
                "restore the key file from your backup, unless the daemon has its key from elsewhere";
            Check::warning(NAME, found, advice)
        }
        (error, None) => {
            let advice = "restore the key file from your backup; without it this peer's karma is lost";
            Check::failed(NAME, error.to_string(), advice, Exit::Failed)
        }
    }
}

/// What is wrong with who may read the key.
fn trouble(key_file: &Path, agent: &io::Result<Account>) -> Option<Check> {
    if let Some(remedy) = config::closing(key_file) {
        let found = format!("everybody on this host can read the private key in {}", key_file.display());
        return Some(Check::failed(NAME, found, remedy, Exit::Failed));
    }
    refusal(NAME, key_file, agent)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::{super::Grade, *};

    #[test]
    fn a_key_that_everybody_can_read_is_a_failure_and_one_that_is_not_there_yet_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.json");
        let look = |daemon| check(&path, daemon, &Account::of(folder.path(), None));
        assert_eq!(look(None).verdict, Grade::Unknown);
        let identity = Identity::generate().unwrap();
        identity.save(&path).unwrap();
        assert_eq!(look(None).verdict, Grade::Ok);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let found = look(Some(identity.peer_key()));
        assert_eq!((found.verdict, found.exit()), (Grade::Failed, Some(Exit::Failed)));
        assert!(found.advice.unwrap().contains("chmod 640"));
        fs::write(&path, "").unwrap();
        assert_eq!(
            [look(None), look(Some(identity.peer_key()))].map(|found| found.verdict),
            [Grade::Failed, Grade::Warning]
        );
    }

    #[test]
    fn a_daemon_that_runs_is_who_it_says_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.json");
        let peer = PeerKey([7; 32]);
        let look = |daemon| check(&path, Some(daemon), &Account::of(folder.path(), None));
        let by_credential = look(peer);
        assert_eq!(by_credential.verdict, Grade::Ok);
        assert!(by_credential.found.contains(&peer.to_string()));
        let identity = Identity::generate().unwrap();
        identity.save(&path).unwrap();
        // It is not the key that is used.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let other = look(peer);
        assert_eq!(other.verdict, Grade::Warning);
        assert!(
            other.found.contains(&peer.to_string()) && other.found.contains(&identity.peer_key().to_string())
        );
    }
}
