//! `keys`: this agent's identity.

use std::{env, fs, io, path::Path};

use anyhow::{Context, anyhow};
use clap::Subcommand;
use serde::Serialize;

use super::{Exit, Options, exit, output::Table};
use crate::{
    control::{Failure, FailureKind},
    domain::PeerKey,
    identity::{Identity, IdentityError, PRIVATE_KEY_VARIABLE},
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
                let (identity, origin) = open(&key_file)?;
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
    if env::var_os(PRIVATE_KEY_VARIABLE).is_some() {
        exit::say(&format!("warning: {PRIVATE_KEY_VARIABLE} is set and goes before this new identity"));
    }
    Ok(Shown { peer: identity.peer_key(), origin: key_file.display().to_string() })
}

/// The identity that the daemon would use, and where it comes from. Never makes one.
pub(super) fn open(key_file: &Path) -> anyhow::Result<(Identity, String)> {
    Identity::find(key_file)?.ok_or_else(|| {
        let message = format!(
            "there is no key file {}; make an identity with `sentinel-agent keys init`",
            key_file.display()
        );
        Failure::new(FailureKind::NotFound, message).into()
    })
}

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
}
