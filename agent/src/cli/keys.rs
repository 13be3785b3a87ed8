//! `keys`: this agent's identity.

use std::{fs, io, path::Path};

use anyhow::{Context, anyhow, bail};
use clap::Subcommand;
use serde::Serialize;

use super::{Exit, Options, exit, output::Table};
use crate::{
    control::{Answer, Failure, FailureKind, Request},
    domain::PeerKey,
    identity::{Identity, IdentityError},
};

/// Make and show this agent's identity
///
/// The identity is one Ed25519 key: the agent's peer key and its Solana address. A key file that `solana-keygen` wrote
/// serves as well; PEER_PRIVATE_KEY (base58) in the environment goes before the file.
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Make a new identity in the configured key file, which must not exist yet
    Init,
    /// Show the peer key and where it comes from
    Show,
}

#[derive(Debug, Serialize)]
struct Shown {
    peer: PeerKey,
    origin: String,
}

impl Keys {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let key_file = options.settings()?.identity.key_file;
        let shown = match self {
            Self::Init => init(&key_file)?,
            Self::Show => {
                let (identity, origin) = open(options, &key_file)?;
                Shown { peer: identity.peer_key(), origin }
            }
        };
        options.output().show(&shown, |_| {
            let mut table = Table::pairs();
            table.pair("peer", shown.peer);
            table.pair("from", &shown.origin);
            table
        })?;
        Ok(Exit::Ok)
    }
}

fn init(key_file: &Path) -> anyhow::Result<Shown> {
    if let Some(folder) = key_file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    }
    let identity = Identity::generate()?;
    identity.save(key_file).map_err(|error| match &error {
        IdentityError::Write { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => anyhow!(
            "{} exists, and a key is never overwritten; `sentinel-agent keys show` shows it",
            key_file.display()
        ),
        _ => error.into(),
    })?;
    let own = key_file.display().to_string();
    if let Some((_, origin)) = Identity::find(key_file)?.filter(|(_, origin)| *origin != own) {
        exit::say(&format!("warning: the {origin} is set and goes before this new identity"));
    }
    Ok(Shown { peer: identity.peer_key(), origin: own })
}

/// The identity that the daemon uses, or would use, and where it comes from. Never makes one.
///
/// # Errors
/// When there is none, or a daemon runs that is somebody else: who acts for it may not be.
pub(super) fn open(options: &Options, key_file: &Path) -> anyhow::Result<(Identity, String)> {
    let found = Identity::find(key_file)?;
    let daemon = match options.ask(&Request::Status) {
        Ok(Answer::Status(status)) => Some(status.peer),
        // Whoever does not answer cannot be compared with.
        _ => None,
    };
    agreed(found, daemon, key_file)
}

/// The identity found, unless the daemon's is another one.
fn agreed(
    found: Option<(Identity, String)>,
    daemon: Option<PeerKey>,
    key_file: &Path,
) -> anyhow::Result<(Identity, String)> {
    let missing = format!("there is no key file {}", key_file.display());
    match (found, daemon) {
        (Some(found), daemon) if daemon.is_none_or(|peer| peer == found.0.peer_key()) => Ok(found),
        (Some((identity, origin)), Some(peer)) => bail!(
            "this command would be peer {} from {origin}, but the daemon is {peer}, by {ELSEWHERE}; if this key is the new \
             one, restart the daemon",
            identity.peer_key()
        ),
        (None, Some(peer)) => bail!("{missing}, but the daemon is {peer}, by {ELSEWHERE}"),
        (_, None) => {
            let message = format!("{missing}; make an identity with `sentinel-agent keys init`");
            Err(Failure::new(FailureKind::NotFound, message).into())
        }
    }
}

/// Where the daemon may have its key from, and how root has it from there.
const ELSEWHERE: &str = "a credential, its environment or an earlier key file; do this with the same key, such as with \
                         CREDENTIALS_DIRECTORY=/run/credentials/sentinel-agent.service or PEER_PRIVATE_KEY in the environment";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_identity_is_shown_as_it_was_made_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("new/identity.json");
        let made = init(&key_file).unwrap();
        assert_eq!(Identity::load(&key_file).unwrap().peer_key(), made.peer);
        assert!(format!("{:#}", init(&key_file).unwrap_err()).contains("never overwritten"));
        assert_eq!(Identity::load(&key_file).unwrap().peer_key(), made.peer);
    }

    #[test]
    fn nobody_acts_for_a_daemon_that_is_somebody_else() {
        let key_file = Path::new("identity.json");
        let [own, other] = [(); 2].map(|()| Identity::generate().unwrap());
        let agreed = |mine: Option<&Identity>, daemon: Option<&Identity>| {
            let found = mine.map(|mine| (mine.clone(), key_file.display().to_string()));
            agreed(found, daemon.map(Identity::peer_key), key_file)
                .map(|(identity, _)| identity.peer_key())
                .map_err(|error| error.to_string())
        };
        assert_eq!(agreed(Some(&own), None), Ok(own.peer_key()));
        assert_eq!(agreed(Some(&own), Some(&own)), Ok(own.peer_key()));
        for mine in [Some(&other), None] {
            let refusal = agreed(mine, Some(&own)).unwrap_err();
            assert!(
                refusal.contains(&format!("the daemon is {}, by a credential", own.peer_key())),
                "{refusal}"
            );
            assert!(!refusal.contains("keys init"), "{refusal}");
        }
        assert!(agreed(None, None).unwrap_err().contains("keys init"));
    }
}
